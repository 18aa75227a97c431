package io.github.coconut4j.model.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.model.backend.DeviceException;
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
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training runs whose weights stay on the device between updates. */
@OnCudaShim
class CudaTrainingTest {

  private static final String PROBLEMS =
      "prosqa:8:3:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9";

  /** Losses and weights of a complete run, and the driver's calls during its last update. */
  private record Whole(List<Double> losses, byte[] weights, List<String> lastUpdate) {}

  private static Whole whole;

  @TempDir private Path directory;

  @AfterEach
  void restoreDefaults() {
    Devices.choose(DeviceChoice.AUTO);
    CudaShim.load().shim_memory(CudaShim.MEMORY);
    restoreTheGpu();
  }

  private static void restoreTheGpu() {
    CudaShim.load().shim_lose_after(-1);
    CudaRuntime.get().gpu().forgetFailure();
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
        .batchSizeTraining(1)
        .gradientAccumulationSteps(2)
        .evalEverySteps(1000)
        .evalLimit(1)
        .maxNewTokens(2)
        .maxGradNorm(1.0)
        .lr(1e-3);
  }

  /** Records each loss and runs an action after each update. */
  private static final class Losses implements TrainingObserver {

    private final List<Double> all = new ArrayList<>();
    private final BiConsumer<TrainingRun, Integer> action;
    private TrainingRun run;

    Losses(BiConsumer<TrainingRun, Integer> action) {
      this.action = action;
    }

    /** Runs an action after one update only. */
    static Losses at(int number, Consumer<TrainingRun> action) {
      return new Losses(
          (run, done) -> {
            if (done == number) {
              action.accept(run);
            }
          });
    }

    @Override
    public void updated(UpdateMetrics metrics) {
      all.add(metrics.getLoss());
      action.accept(run, all.size());
    }
  }

  private List<Double> train(TrainingConfig config, String name, int last, boolean resume)
      throws IOException {
    Losses losses = Losses.at(last, TrainingRun::requestStop);
    train(config, name, losses, resume);
    return losses.all;
  }

  private void train(TrainingConfig config, String name, Losses losses, boolean resume)
      throws IOException {
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
  }

  /** A complete run on the device, shared by the tests. */
  private Whole whole() throws IOException {
    if (whole == null) {
      CudaShim.Driver driver = CudaShim.load();
      List<String> log = new ArrayList<>();
      Losses losses =
          new Losses(
              (run, done) -> {
                log.clear();
                driver.shim_log().lines().forEach(log::add);
                driver.shim_clear_log();
              });
      train(config(DeviceChoice.CUDA).build(), "whole", losses, false);
      whole = new Whole(losses.all, weights("whole"), log);
    }
    return whole;
  }

  private byte[] weights(String run) throws IOException {
    return Files.readAllBytes(directory.resolve(run).resolve("model/model.safetensors"));
  }

  @Test
  void aRunLearnsAsOnTheCpuAndResumesWithTheSameBits() throws IOException {
    List<Double> onDevice = whole().losses();
    List<Double> onCpu = train(config(DeviceChoice.CPU).build(), "cpu", 0, false);
    assertThat(onDevice).hasSize(6);
    assertAlike(onDevice, onCpu);

    List<Double> parts = new ArrayList<>();
    parts.addAll(train(config(DeviceChoice.CUDA).build(), "parts", 3, false));
    parts.addAll(train(config(DeviceChoice.CUDA).build(), "parts", 0, true));
    assertThat(parts).isEqualTo(onDevice);
    assertThat(weights("parts")).isEqualTo(whole().weights());
  }

  @Test
  void aRunThatExceedsTheGpusMemoryIsRejectedWithItsForecast() {
    CudaShim.Driver driver = CudaShim.load();
    driver.shim_memory(driver.shim_used() + (20L << 20));
    assertThatThrownBy(() -> train(config(DeviceChoice.CUDA).build(), "small", 0, false))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll(
            "Training needs about 0.06 GiB",
            "a processor in place of a GPU",
            "1 sequences of up to",
            "GiB are free",
            "`batch_size_training`",
            "`device: cpu`");
    assertThat(directory.resolve("small/metrics.jsonl")).doesNotExist();
  }

  /** The state before the failed update is saved, and the run resumes with the same bits. */
  @Test
  void aRunThatRanOutOfMemoryResumesFromTheUpdateBefore() throws IOException {
    List<Double> whole = whole().losses();
    CudaShim.Driver driver = CudaShim.load();
    CudaRuntime.get().mirrors().trim(); // what earlier runs left must not be found later
    Losses losses = Losses.at(1, run -> driver.shim_memory(driver.shim_used()));
    assertThatThrownBy(() -> train(config(DeviceChoice.CUDA).build(), "full", losses, false))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContainingAll("enough free memory", "batch size", "The last checkpoint is");
    driver.shim_memory(CudaShim.MEMORY);
    assertThat(losses.all).isNotEmpty().hasSizeLessThan(whole.size());

    List<Double> parts = new ArrayList<>(losses.all);
    parts.addAll(train(config(DeviceChoice.CUDA).build(), "full", 0, true));
    assertThat(parts).isEqualTo(whole);
    assertThat(weights("full")).isEqualTo(whole().weights());
  }

  /** Values that only the device had are lost: the run resumes from its last checkpoint. */
  @Test
  void aRunWhoseDeviceIsLostNamesItsLastCheckpoint() throws IOException {
    TrainingConfig config = config(DeviceChoice.CUDA).checkpointEverySteps(2).build();
    List<Double> whole = whole().losses();
    Losses losses = Losses.at(3, run -> CudaShim.load().shim_lose_after(7));
    assertThatThrownBy(() -> train(config, "lost", losses, false))
        .isInstanceOf(DeviceException.class)
        .hasMessageContainingAll(
            "CUDA_ERROR_LAUNCH_FAILED", "nvidia-smi", "--device cpu", "The last checkpoint is");
    restoreTheGpu();
    assertThat(losses.all).isEqualTo(whole.subList(0, 3));

    // The stage ended at the third update, which is therefore saved as well as the second.
    assertThat(train(config, "lost", 0, true)).isEqualTo(whole.subList(3, whole.size()));
    assertThat(weights("lost")).isEqualTo(whole().weights());
  }

  /** Gradients of two micro-batches are added on the device. */
  @Test
  void sumsOfGradientsStayOnTheDevice() throws IOException {
    List<String> log = whole().lastUpdate();
    assertThat(log).contains("launch addScaled", "launch adamW");
    assertThat(log.stream().filter(line -> line.startsWith("download")))
        .as("each batch's loss, and the gradient's norm")
        .hasSize(3);
  }

  private static void assertAlike(List<Double> onDevice, List<Double> onCpu) {
    assertThat(onCpu).hasSameSizeAs(onDevice);
    for (int update = 0; update < onDevice.size(); update++) {
      assertThat(onDevice.get(update))
          .as("loss of update %d", update + 1)
          .isCloseTo(onCpu.get(update), withinPercentage(0.1));
    }
  }

  @Test
  @Tag("nightly")
  void fiftyLossesAreThoseOfTheCpu() throws IOException {
    TrainingConfig.TrainingConfigBuilder device =
        config(DeviceChoice.CUDA)
            .stageSteps(List.of(15, 15, 20))
            .batchSizeTraining(4)
            .gradientAccumulationSteps(1);
    TrainingConfig.TrainingConfigBuilder processor =
        config(DeviceChoice.CPU)
            .stageSteps(List.of(15, 15, 20))
            .batchSizeTraining(4)
            .gradientAccumulationSteps(1);
    List<Double> onDevice = train(device.build(), "cuda", 0, false);
    assertThat(onDevice).hasSize(50);
    assertAlike(onDevice, train(processor.build(), "cpu", 0, false));
  }
}
