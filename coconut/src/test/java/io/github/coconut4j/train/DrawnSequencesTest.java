package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.batch.SequenceBatcher;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.model.latent.LatentLoops;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** Training sequences with drawn latents beyond their stage's, and drawn first positions. */
class DrawnSequencesTest {

  private static final int SLACK = 2;
  private static final int OFFSET = 5;

  @TempDir private Path directory;

  private static TrainingConfig.TrainingConfigBuilder drawing(Method method) {
    return TinyRuns.of(method)
        .nPositions(80)
        .latentSlack(SLACK)
        .positionOffset(OFFSET)
        .checkpointEverySteps(2);
  }

  private RunDirectory files(String name) {
    return new RunDirectory(directory.resolve(name));
  }

  private TrainingRun.TrainingRunBuilder run(TrainingConfig config, String name) {
    return TrainingRun.builder().config(config).directory(files(name));
  }

  private List<Double> losses(String name) throws IOException {
    return MetricsFile.read(files(name).metrics()).updates().stream()
        .map(UpdateMetrics::getLoss)
        .toList();
  }

  /** What a sequence of a run had. */
  private record Sequence(int step, int firstPosition, int latents) {}

  private static final class Recorder extends BaseListener {

    private final List<Sequence> sequences = new ArrayList<>();

    @Override
    public boolean isActive(Operation operation) {
      return operation == Operation.TRAINING;
    }

    @Override
    public void iterationStart(SameDiff sameDiff, At at, MultiDataSet batch, long millis) {
      INDArray[] features = batch.getFeatures();
      int[][] ids = features[SequenceBatcher.POSITION_IDS].toIntMatrix();
      int[][] real = features[SequenceBatcher.ATTENTION_MASK].toIntMatrix();
      int[][] latents = features[SequenceBatcher.LATENT_MASK].toIntMatrix();
      for (int b = 0; b < ids.length; b++) {
        int[] mask = real[b];
        int first = IntStream.range(0, mask.length).filter(t -> mask[t] == 1).findFirst().orElse(0);
        int start = ids[b][first];
        for (int t = first; t < mask.length && mask[t] == 1; t++) {
          assertThat(ids[b][t]).isEqualTo(start + t - first);
        }
        sequences.add(new Sequence(at.iteration(), start, IntStream.of(latents[b]).sum()));
      }
    }
  }

  private List<Sequence> sequences(TrainingConfig config, String name) throws IOException {
    Recorder recorder = new Recorder();
    try (TrainingRun run = run(config, name).listener(recorder).build()) {
      run.train();
    }
    return recorder.sequences;
  }

  @Test
  void latentsAndPositionsAreThoseOfTheStageAndWhatIsDrawn() throws IOException {
    TrainingConfig config =
        drawing(Method.COCONUT).stageSteps(List.of(8, 8, 8)).evalEverySteps(24).build();
    List<Sequence> drawn = sequences(config, "drawn");
    List<Sequence> plain =
        sequences(config.toBuilder().latentSlack(0).positionOffset(0).build(), "plain");

    assertThat(drawn).hasSize(24 * 4);
    assertThat(plain).allMatch(each -> each.firstPosition() == 0);
    assertThat(plain).allMatch(each -> each.latents() == each.step() / 8);
    TreeSet<Integer> slack = new TreeSet<>();
    TreeSet<Integer> positions = new TreeSet<>();
    for (Sequence each : drawn) {
      slack.add(each.latents() - each.step() / 8);
      positions.add(each.firstPosition());
    }
    assertThat(slack).containsExactly(0, 1, 2);
    assertThat(positions).containsExactly(0, 1, 2, 3, 4, 5);
  }

  /** Objectives that ask latents for something ask the stage's own. */
  @ParameterizedTest
  @EnumSource(
      value = Method.class,
      names = {"COCONUT", "SIMCOT", "FRONTIER"},
      mode = Mode.INCLUDE)
  void aKilledRunEndsAsTheWholeOne(Method method) throws IOException {
    TrainingConfig config = drawing(method).latentBackprop(1).depthReplay(0.5).build();
    try (TrainingRun run = run(config, "whole").build()) {
      run.train();
    }
    KilledRun.kill(run(config, "cut"), 9);
    try (TrainingRun run = run(config, "cut").resume(true).build()) {
      run.train();
    }
    assertThat(files("cut").model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(files("whole").model().resolve("model.safetensors"));
    for (String file : List.of("config.json", "coconut.json")) { // it affects only training
      assertThat(Files.readString(files("cut").model().resolve(file))).doesNotContain("backprop");
    }
  }

  @Test
  void bothLoopsTrainAlike() throws IOException {
    TrainingConfig config =
        drawing(Method.COCONUT)
            .latentBackprop(1)
            .stageSteps(List.of(1, 1, 2))
            .lr(1e-3)
            .checkpointEverySteps(null)
            .build();
    for (LatentLoops loop : List.of(LatentLoops.FUSED, LatentLoops.UNROLLED)) {
      try (TrainingRun run = run(config.toBuilder().loop(loop).build(), "" + loop).build()) {
        run.train();
      }
    }
    List<Double> unrolled = losses("UNROLLED");
    for (int update = 0; update < unrolled.size(); update++) {
      assertThat(losses("FUSED").get(update))
          .isCloseTo(unrolled.get(update), withinPercentage(0.1));
    }
  }

  @Test
  void numbersAreUniformAndNothingIsDrawnForKeysThatAreOff() {
    SequenceDraws draws = new SequenceDraws(drawing(Method.COCONUT).build());
    SplittableRandom random = new SplittableRandom(1);
    int[] counts = new int[OFFSET + 1];
    for (int i = 0; i < 6000; i++) {
      counts[draws.offset(random)]++;
    }
    assertThat(IntStream.of(counts).boxed()).allMatch(count -> count > 900 && count < 1100);

    SequenceDraws replaying = new SequenceDraws(drawing(Method.COCONUT).depthReplay(0.3).build());
    int[] stages = new int[4];
    for (int i = 0; i < 6000; i++) {
      stages[replaying.stage(3, 9, random)]++; // all later ones are as the third
    }
    assertThat(IntStream.of(stages).limit(3)).allMatch(count -> count > 500 && count < 700);
    assertThat(IntStream.range(0, 100).map(i -> replaying.stage(0, 9, random)).sum()).isZero();
    assertThat(IntStream.range(0, 999).map(i -> replaying.stage(7, 9, random)).distinct().sorted())
        .containsExactly(0, 1, 2, 7);

    SequenceDraws off = new SequenceDraws(TinyRuns.of(Method.COCONUT).build());
    SplittableRandom untouched = new SplittableRandom(1);
    assertThat(off.stage(2, 4, untouched)).isEqualTo(2);
    assertThat(off.slack(untouched) + off.offset(untouched)).isZero();
    assertThat(untouched.nextLong()).isEqualTo(new SplittableRandom(1).nextLong());
  }
}
