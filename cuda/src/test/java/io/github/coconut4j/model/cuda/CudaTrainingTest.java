package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.model.backend.Devices;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs whose weights stay on the device from update to update. */
@OnCudaShim
class CudaTrainingTest {

  private static final String PROBLEMS =
      "prosqa:8:3:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  @TempDir private Path directory;

  @AfterEach
  void chooseAgain() {
    Devices.choose(DeviceChoice.AUTO);
  }

  private static TrainingConfig.TrainingConfigBuilder config(DeviceChoice device) {
    return TrainingConfig.builder()
        .method(Method.COCONUT)
        .device(device)
        .trainPath(PROBLEMS)
        .valPath(PROBLEMS)
        .nLayer(2)
        .nEmbd(16)
        .nHead(2)
        .nPositions(64)
        .initializerRange(0.1)
        .maxLatentStage(2)
        .stageSteps(List.of(2, 1, 3))
        .batchSizeTraining(2)
        .evalEverySteps(1000)
        .evalLimit(1)
        .maxNewTokens(2)
        .maxGradNorm(1.0)
        .lr(1e-3);
  }

  /** Notes each loss, and stops after some. */
  private static final class Losses implements TrainingObserver {

    private final List<Double> all = new ArrayList<>();
    private final int last;
    private TrainingRun run;

    Losses(int last) {
      this.last = last;
    }

    @Override
    public void updated(UpdateMetrics metrics) {
      all.add(metrics.getLoss());
      if (all.size() == last) {
        run.requestStop();
      }
    }
  }

  private List<Double> train(TrainingConfig config, String name, int last, boolean resume)
      throws IOException {
    Losses losses = new Losses(last);
    try (TrainingRun run =
        TrainingRun.builder()
            .config(config)
            .directory(new RunDirectory(directory.resolve(name)))
            .resume(resume)
            .observer(losses)
            .build()) {
      losses.run = run;
      run.train();
    }
    return losses.all;
  }

  private byte[] weights(String run) throws IOException {
    return Files.readAllBytes(directory.resolve(run).resolve("model/model.safetensors"));
  }

  @Test
  void aRunLearnsAsOnTheProcessorAndGoesOnFromACheckpointBitByBit() throws IOException {
    List<Double> onDevice = train(config(DeviceChoice.CUDA).build(), "cuda", 0, false);
    List<Double> onProcessor = train(config(DeviceChoice.CPU).build(), "cpu", 0, false);
    assertThat(onDevice).hasSize(6);
    assertAlike(onDevice, onProcessor);

    List<Double> parts = new ArrayList<>();
    parts.addAll(train(config(DeviceChoice.CUDA).build(), "parts", 3, false));
    parts.addAll(train(config(DeviceChoice.CUDA).build(), "parts", 0, true));
    assertThat(parts).isEqualTo(onDevice);
    assertThat(weights("parts")).isEqualTo(weights("cuda"));
  }

  private static void assertAlike(List<Double> onDevice, List<Double> onProcessor) {
    assertThat(onProcessor).hasSameSizeAs(onDevice);
    for (int update = 0; update < onDevice.size(); update++) {
      assertThat(onDevice.get(update))
          .as("loss of update %d", update + 1)
          .isCloseTo(onProcessor.get(update), withinPercentage(0.1));
    }
  }

  @Test
  @Tag("nightly")
  void fiftyLossesAreThoseOfTheProcessor() throws IOException {
    TrainingConfig.TrainingConfigBuilder device =
        config(DeviceChoice.CUDA).stageSteps(List.of(15, 15, 20)).batchSizeTraining(4);
    TrainingConfig.TrainingConfigBuilder processor =
        config(DeviceChoice.CPU).stageSteps(List.of(15, 15, 20)).batchSizeTraining(4);
    List<Double> onDevice = train(device.build(), "cuda", 0, false);
    assertThat(onDevice).hasSize(50);
    assertAlike(onDevice, train(processor.build(), "cpu", 0, false));
  }
}
