package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.method.Method;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code samples.json} holds what the model writes at the newest evaluation. */
class EvaluationSamplesTest {

  @TempDir private Path directory;

  @Test
  void samplesAreWhatTheModelWrites() throws Exception {
    RunDirectory files = new RunDirectory(directory);
    try (TrainingRun run =
        TrainingRun.builder()
            .config(TinyRuns.of(Method.COCONUT).build())
            .directory(files)
            .build()) {
      run.train();
      JsonNode found = new ObjectMapper().readTree(files.samples().toFile());
      int last =
          MetricsFile.read(files.metrics()).evaluations().stream()
              .mapToInt(EvaluationMetrics::getStep)
              .max()
              .orElseThrow();
      assertThat(last).isEqualTo(run.state().getStep());
      assertThat(found.path("step").asInt()).isEqualTo(last);
      assertThat(found.path("stage").asInt()).isEqualTo(2);
      List<ReasoningProblem> problems = run.problems().getEvaluation().subList(0, 4);
      List<String> outputs = TinyRuns.answers(run.trainedModel(), problems);
      assertThat(found.path("samples")).hasSize(4);
      for (int i = 0; i < 4; i++) {
        JsonNode sample = found.path("samples").get(i);
        assertThat(sample.path("question").asText()).isEqualTo(problems.get(i).getQuestion());
        assertThat(sample.path("expected").asText()).isEqualTo(problems.get(i).getAnswer());
        assertThat(sample.path("output").asText()).isEqualTo(outputs.get(i));
        assertThat(sample.path("latents").asInt()).isEqualTo(2);
      }
    }
  }
}
