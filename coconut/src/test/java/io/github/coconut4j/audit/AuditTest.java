package io.github.coconut4j.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.analyze.AnalysisObserver;
import io.github.coconut4j.audit.HandSetModels.Attends;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of which it is known what their thoughts do. */
class AuditTest {

  private static final int PROBLEMS = 100;

  @TempDir private Path directory;

  private Path run(String name, Method method, Attends attends) throws IOException {
    return HandSetModels.write(directory.resolve(name), method, attends);
  }

  private static AuditResult audit(List<Path> models, List<Path> controls) throws IOException {
    return Audit.of(models, controls, AuditOptions.builder().batchSize(32).maxNewTokens(8).build())
        .run("problems", HandSetModels.problems(PROBLEMS), LatentLoops.AUTO, AnalysisObserver.NONE);
  }

  private static Map<Claim, Finding> byClaim(AuditResult result) {
    Map<Claim, Finding> found = new EnumMap<>(Claim.class);
    result.getFindings().forEach(each -> found.put(each.getClaim(), each));
    return found;
  }

  private static Map<Claim, Verdict> verdicts(AuditResult result) {
    Map<Claim, Verdict> verdicts = new EnumMap<>(Claim.class);
    result.getFindings().forEach(each -> verdicts.put(each.getClaim(), each.getVerdict()));
    return verdicts;
  }

  @Test
  void aModelThatCopiesItsThoughtsNeedsThem() throws IOException {
    AuditResult result =
        audit(
            List.of(run("copies", Method.COCONUT, Attends.FIRST_THOUGHT)),
            List.of(run("guesses", Method.NO_THOUGHTS, Attends.EVERYWHERE)));

    assertThat(verdicts(result))
        .containsEntry(Claim.THOUGHTS_NEEDED, Verdict.HOLDS)
        .containsEntry(Claim.TRANSPLANTATION, Verdict.HOLDS)
        .containsEntry(Claim.CUMULATIVE_CORRUPTION, Verdict.HOLDS)
        .containsEntry(Claim.PERMUTATION, Verdict.DOES_NOT) // both thoughts hold the answer
        .containsEntry(Claim.PROBE_ON_CONTROL, Verdict.DOES_NOT) // all values are alike
        .containsEntry(Claim.CALIBRATION_BY_STEPS, Verdict.DOES_NOT)
        .containsEntry(Claim.ONE_MORE_THOUGHT, Verdict.HOLDS);
    Finding needed = byClaim(result).get(Claim.THOUGHTS_NEEDED);
    assertThat(needed.getEstimate()).isEqualTo(1);
    assertThat(needed.getControlEstimate()).isBetween(0.3, 0.7);
    assertThat(byClaim(result).get(Claim.TRANSPLANTATION).getControlEstimate()).isZero();
    assertThat(byClaim(result).get(Claim.PROBE_ON_CONTROL).getEstimate()).isEqualTo(0.5);
  }

  @Test
  void aModelThatIgnoresItsThoughtsDoesNotWhateverItsControl() throws IOException {
    Path model = run("ignores", Method.COCONUT, Attends.FIRST_OPTION);
    Path guesses = run("guesses", Method.PAUSE_AS_THOUGHT, Attends.EVERYWHERE);
    Path answers = run("answers", Method.NO_THOUGHTS, Attends.FIRST_OPTION);

    AuditResult result = audit(List.of(model), List.of(guesses, answers));

    assertThat(result.getFindings()).hasSize(2 * Claim.values().length);
    for (Finding found : result.getFindings()) {
      assertThat(found.getVerdict())
          .as(found.toString())
          .isEqualTo(found.getClaim() == Claim.ONE_MORE_THOUGHT ? Verdict.HOLDS : Verdict.DOES_NOT);
      assertThat(found.getInterval().getLow()).isLessThanOrEqualTo(found.getEstimate());
      assertThat(found.getInterval().getHigh()).isGreaterThanOrEqualTo(found.getEstimate());
    }
    assertThat(byClaim(result).get(Claim.TRANSPLANTATION).getEstimate()).isZero();
  }

  /** It copies from its thoughts what its control reads from the question. */
  @Test
  void thoughtsThatTheControlDoesWithoutAreNotNeeded() throws IOException {
    AuditResult result =
        audit(
            List.of(run("copies", Method.COCONUT, Attends.FIRST_THOUGHT)),
            List.of(run("answers", Method.NO_COT, Attends.FIRST_OPTION)));

    assertThat(verdicts(result))
        .containsEntry(Claim.THOUGHTS_NEEDED, Verdict.DOES_NOT)
        .containsEntry(Claim.TRANSPLANTATION, Verdict.HOLDS);
    assertThat(byClaim(result).get(Claim.THOUGHTS_NEEDED).getBecause()).contains("control");
  }

  @Test
  void ofAModelThatGuessesNothingIsSaidButWhatItIgnores() throws IOException {
    AuditResult result =
        audit(
            List.of(run("guesses", Method.COCONUT, Attends.EVERYWHERE)),
            List.of(run("answers", Method.NO_THOUGHTS, Attends.FIRST_OPTION)));

    assertThat(result.getFindings()).extracting(Finding::getVerdict).doesNotContainNull();
    assertThat(verdicts(result).get(Claim.THOUGHTS_NEEDED)).isNotEqualTo(Verdict.HOLDS);
    assertThat(verdicts(result).get(Claim.TRANSPLANTATION)).isNotEqualTo(Verdict.HOLDS);
  }

  @Test
  void seedsArePooled() throws IOException {
    List<Path> models = new ArrayList<>();
    List<Path> controls = new ArrayList<>();
    for (long seed = 1; seed <= 2; seed++) {
      long own = seed;
      // The second model ignores its thoughts: on average half of the answers follow them.
      Attends attends = seed == 1 ? Attends.FIRST_THOUGHT : Attends.FIRST_OPTION;
      models.add(
          HandSetModels.write(
              directory.resolve("model-" + seed),
              Method.COCONUT,
              attends,
              config -> config.toBuilder().seed(own).build()));
      controls.add(
          0,
          HandSetModels.write(
              directory.resolve("control-" + seed),
              Method.NO_THOUGHTS,
              Attends.EVERYWHERE,
              config -> config.toBuilder().seed(own).build()));
    }

    AuditResult pooled = audit(models, controls);
    double alone =
        byClaim(audit(models.subList(0, 1), controls.subList(1, 2)))
            .get(Claim.TRANSPLANTATION)
            .getEstimate();

    assertThat(pooled.getFindings()).hasSize(Claim.values().length);
    Finding found = byClaim(pooled).get(Claim.TRANSPLANTATION);
    assertThat(found.getSeeds()).isEqualTo(2);
    assertThat(found.getEstimate()).isEqualTo(alone / 2);
    assertThat(found.getInterval().getLow()).isLessThan(0.05); // both draws may be the second
    assertThat(found.getInterval().getHigh()).isGreaterThan(alone - 0.1);
    assertThat(found.getVerdict()).isEqualTo(Verdict.UNDECIDED);
    assertThat(found.getControl()).isEqualTo(controls.get(0) + "+" + controls.get(1));
  }

  @Test
  void theSeedDecidesEverything() throws IOException {
    Path model = run("copies", Method.COCONUT, Attends.FIRST_THOUGHT);
    Path control = run("guesses", Method.NO_THOUGHTS, Attends.EVERYWHERE);

    assertThat(audit(List.of(model), List.of(control)))
        .isEqualTo(audit(List.of(model), List.of(control)));
  }

  private Audit auditOfACopier() throws IOException {
    return Audit.of(
        List.of(run("copies", Method.COCONUT, Attends.FIRST_THOUGHT)),
        List.of(run("guesses", Method.NO_THOUGHTS, Attends.EVERYWHERE)),
        AuditOptions.builder().build());
  }

  @Test
  void oneProblemHasNoOtherWhoseThoughtsItCouldGet() throws IOException {
    Audit audit = auditOfACopier();

    assertThatThrownBy(
            () ->
                audit.run(
                    "one.json", HandSetModels.problems(1), LatentLoops.AUTO, AnalysisObserver.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 2 problems")
        .hasMessageContaining("one.json has 1");
  }

  /** An audit has no option for fewer thoughts. */
  @Test
  void whatToDoWithAQuestionThatIsTooLongIsTold() throws IOException {
    Audit audit = auditOfACopier();
    List<String> names = HandSetModels.CONCEPTS;
    StringBuilder facts = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      for (String parent : names.subList(i + 1, names.size())) {
        facts.append("Every ").append(names.get(i)).append(" is a ").append(parent).append(". ");
      }
    }
    List<ReasoningProblem> problems = new ArrayList<>(HandSetModels.problems(2));
    ReasoningProblem first = problems.get(0);
    problems.set(
        0,
        ReasoningProblem.builder()
            .question(facts + first.getQuestion())
            .steps(first.getSteps())
            .answer(first.getAnswer())
            .build());

    assertThatThrownBy(
            () -> audit.run("two.json", problems, LatentLoops.AUTO, AnalysisObserver.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("48 positions")
        .hasMessageEndingWith("so leave the problem out.");
  }
}
