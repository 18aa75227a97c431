package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.coconut4j.LoggedEvents;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which rates of dropout a run trains with, and what it leaves in the model's files. */
class DropoutTrainingTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final DropoutRates GPT2S = new DropoutRates(0.1, 0.1, 0.1);

  @TempDir private Path directory;

  private TrainingConfig.TrainingConfigBuilder scratch;

  @BeforeEach
  void settings() {
    scratch = TinyRuns.of(Method.COCONUT).stageSteps(List.of(2, 2)).maxSteps(3).evalLimit(2);
  }

  private RunDirectory train(String name, TrainingConfig config) throws IOException {
    RunDirectory run = new RunDirectory(directory.resolve(name));
    try (TrainingRun training = TrainingRun.builder().config(config).directory(run).build()) {
      training.train();
    }
    return run;
  }

  private static double firstLoss(RunDirectory run) throws IOException {
    return MetricsFile.read(run.metrics()).updates().get(0).getLoss();
  }

  private static DropoutRates saved(RunDirectory run) throws IOException {
    return DropoutRates.of(TransformerConfig.read(run.model()));
  }

  /** A model directory whose {@code config.json} says nothing of dropout. */
  private Path pretrained() throws IOException {
    Path model = train("base", scratch.build()).model();
    Path config = model.resolve("config.json");
    ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
    json.remove(List.of("attn_pdrop", "embd_pdrop", "resid_pdrop"));
    JSON.writeValue(config.toFile(), json);
    return model;
  }

  @Test
  void aModelFromScratchTrainsWithoutUnlessAsked() throws IOException {
    RunDirectory without = train("without", scratch.build());
    RunDirectory zero = train("zero", scratch.dropout(0.0).build());
    RunDirectory with = train("with", scratch.dropout(0.2).build());

    assertThat(firstLoss(zero)).isEqualTo(firstLoss(without));
    assertThat(firstLoss(with)).isNotCloseTo(firstLoss(without), within(1e-4));
    assertThat(saved(without)).isEqualTo(DropoutRates.NONE);
    assertThat(saved(with)).isEqualTo(new DropoutRates(0.2, 0.2, 0.2));
  }

  @Test
  void aPretrainedGpt2HasADropoutOfATenthWhereItsFileSaysNothing() throws IOException {
    TrainingConfig config = scratch.modelId(pretrained().toString()).build();
    List<String> told = messages(() -> train("pretrained", config));

    assertThat(told)
        .singleElement()
        .asString()
        .contains("config.json", "0.1 of attention", "0.1 of embeddings", "`dropout: 0`");
    RunDirectory run = new RunDirectory(directory.resolve("pretrained"));
    RunDirectory same = train("same", config.toBuilder().dropout(0.1).build());
    assertThat(firstLoss(run)).isEqualTo(firstLoss(same));
    assertThat(saved(run)).isEqualTo(GPT2S);
  }

  @Test
  void theKeyOverridesWhatTheFileSaysAndTheFileKeepsIt() throws IOException {
    TrainingConfig config = scratch.modelId(pretrained().toString()).dropout(0.0).build();
    RunDirectory[] run = new RunDirectory[1];
    List<String> told = messages(() -> run[0] = train("none", config));

    assertThat(told).isEmpty();
    assertThat(saved(run[0])).isEqualTo(GPT2S);
    RunDirectory dropped = train("half", config.toBuilder().dropout(0.5).build());
    assertThat(firstLoss(dropped)).isNotCloseTo(firstLoss(run[0]), within(1e-4));
    assertThat(saved(dropped)).isEqualTo(GPT2S);
  }

  /** A learning rate of 0 leaves the weights as they are. */
  @ParameterizedTest
  @EnumSource(
      value = LatentLoops.class,
      names = {"FUSED", "UNROLLED"})
  void evaluationsDropNothing(LatentLoops loop) throws IOException {
    scratch.lr(0).evalEverySteps(1).loop(loop);
    var without = MetricsFile.read(train("without", scratch.build()).metrics());
    var with = MetricsFile.read(train("with", scratch.dropout(0.3).build()).metrics());

    for (int i = 0; i < 3; i++) {
      EvaluationMetrics expected = without.evaluations().get(i);
      assertThat(with.evaluations().get(i).getEvalLoss())
          .isCloseTo(expected.getEvalLoss(), within(1e-5));
      assertThat(with.evaluations().get(i).getEvalAccuracy()).isEqualTo(expected.getEvalAccuracy());
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static List<String> messages(Work work) throws IOException {
    try (LoggedEvents log = LoggedEvents.of(ModelFactory.class)) {
      work.run();
      return log.messages();
    }
  }
}
