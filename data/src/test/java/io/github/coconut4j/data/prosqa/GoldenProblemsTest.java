package io.github.coconut4j.data.prosqa;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A seed gives the same file whenever and wherever it is asked for. */
class GoldenProblemsTest {

  @TempDir private Path directory;

  private String sum(List<ReasoningProblem> problems) throws IOException {
    Path file = directory.resolve("problems.json");
    ProblemJson.write(file, problems);
    return Sha256.of(file);
  }

  @Test
  void drawnProblemsStayTheSame() throws IOException {
    ProsQaOptions options = ProsQaOptions.builder().seed(1).build();
    assertThat(sum(new ProsQaGenerator(options).generate(200)))
        .isEqualTo("7848a8d6a846aaf3fcda2d31829fcc540312bed5b4b21058876568ae3b531780");
  }

  @Test
  void balancedProblemsStayTheSame() throws IOException {
    ProsQaOptions options =
        ProsQaOptions.builder().balanced(true).nodes(12).minSteps(2).maxSteps(4).seed(2).build();
    assertThat(sum(new ProsQaGenerator(options).generate(200)))
        .isEqualTo("188b92868e066e0a8dfcecd8d250f80a1a535bf39403e33227f664ca7be2ea5b");
  }

  /** The held-out sets of docs/Problems.md, which has their sums too. */
  @ParameterizedTest
  @CsvSource({
    "DEEP,60,2401,0e2cbc46c6f5dbcc97006bf5a6d15aaf306c7ac609d716de17a46875f276af56",
    "DAG,60,2402,03e27d519bd7ce93266bd8efd3267c481f29ab85aa219bcb7d72e50dfe2d8920",
    "CHAINS,42,2403,fef32d8f07d9369e5c07ddbd30ecef34089e634532f8166beaf183b530a722a5",
    "STARS,82,2404,07e47f84466c26332057c776c38564fb3155b812eab63fc385e1437e53297296",
  })
  void heldOutProblemsStayTheSame(GraphKind kind, int nodes, long seed, String expected)
      throws IOException {
    ConstructedOptions options =
        ConstructedOptions.builder()
            .kind(kind)
            .nodes(nodes)
            .minSteps(3)
            .maxSteps(20)
            .seed(seed)
            .build();
    List<ReasoningProblem> problems = new ConstructedGenerator(options).generate(1000);

    assertThat(sum(problems)).isEqualTo(expected);
    assertThat(Path.of("../docs/Problems.md")).content().contains(expected);
    assertThat(problems)
        .allSatisfy(problem -> assertThat(ProsQaVerifier.violations(problem)).isEmpty());
    assertThat(problems).extracting(ReasoningProblem::getQuestion).doesNotHaveDuplicates();
    if (kind.hasManyGraphs()) {
      assertThat(problems).extracting(CanonicalForm::of).doesNotHaveDuplicates();
    }
  }
}
