package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every architecture learns from scratch; their losses and gradients have tests of their own. */
class ScratchArchitecturesTrainTest {

  private static final int UPDATES = 12;

  @TempDir private Path directory;

  private RunDirectory train(TrainingConfig config) throws IOException {
    RunDirectory run = new RunDirectory(directory.resolve("" + config.getLoop()));
    try (TrainingRun training = TrainingRun.builder().config(config).directory(run).build()) {
      training.train();
    }
    return run;
  }

  private static TrainingConfig.TrainingConfigBuilder config(Architecture architecture) {
    boolean isGpt2 = architecture == Architecture.GPT2;
    return TinyRuns.of(Method.COCONUT)
        .architecture(architecture)
        .numKeyValueHeads(isGpt2 ? null : 1)
        .nInner(40)
        .tieWordEmbeddings(architecture != Architecture.QWEN3)
        .stageSteps(List.of(4, 4, 4))
        .evalEverySteps(UPDATES);
  }

  private static List<Double> losses(RunDirectory run) throws IOException {
    return MetricsFile.read(run.metrics()).updates().stream().map(UpdateMetrics::getLoss).toList();
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void learnsAndKeepsWhatItIs(Architecture architecture) throws IOException {
    RunDirectory run = train(config(architecture).build());

    List<Double> losses = losses(run);
    assertThat(losses).hasSize(UPDATES);
    assertThat(losses.get(UPDATES - 1)).isLessThan(losses.get(0));
    TransformerConfig written = TransformerConfig.read(run.model());
    assertThat(written.getArchitecture()).isEqualTo(architecture);
    assertThat(written.innerSize()).isEqualTo(40);
    assertThat(Weights.read(run.model(), written).hasTiedTables())
        .isEqualTo(written.isTieWordEmbeddings())
        .isEqualTo(architecture != Architecture.QWEN3);
  }

  @Test
  void bothLoopsTrainALlamaAlike() throws IOException {
    TrainingConfig llama =
        config(Architecture.LLAMA)
            .curriculum(false) // batches of one layout have one unrolled graph
            .stageSteps(List.of(UPDATES))
            .batchSizeTraining(8)
            .lr(1e-3)
            .build();
    List<Double> fused = losses(train(llama.toBuilder().loop(LatentLoops.FUSED).build()));
    List<Double> unrolled = losses(train(llama.toBuilder().loop(LatentLoops.UNROLLED).build()));

    assertThat(fused).hasSize(UPDATES);
    for (int update = 0; update < UPDATES; update++) {
      assertThat(fused.get(update)).isCloseTo(unrolled.get(update), withinPercentage(0.1));
    }
  }
}
