package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.EarlyStoppingSettings;
import io.github.coconut4j.config.LoraSettings;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several ranks beside one process with the same {@code gradient_accumulation_steps}. */
class RanksTest {

  @TempDir private Path temporary;

  /** Epochs of 10 batches: two groups of four, and one of two that leaves ranks without any. */
  private static TrainingConfig.TrainingConfigBuilder config(Method method) {
    return TinyRuns.of(method)
        .trainPath("prosqa:19:5:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9")
        .batchSizeTraining(2)
        .gradientAccumulationSteps(4)
        .dropout(0.1)
        .weightDecay(0.01)
        .maxGradNorm(0.5)
        .threads(1)
        .checkpointEverySteps(5);
  }

  private RunDirectory directory(String name) {
    return new RunDirectory(temporary.resolve(name));
  }

  private RunDirectory alone(TrainingConfig config) throws IOException {
    RunDirectory directory = directory("alone");
    try (TrainingRun run = TrainingRun.builder().config(config).directory(directory).build()) {
      run.train();
    }
    return directory;
  }

  /** What is done in one rank, on a thread of its own. */
  private interface Work<T> {
    T in(TrainingRun run) throws IOException;
  }

  private <T> List<T> inRanks(int size, TrainingConfig config, boolean resume, Work<T> work)
      throws InterruptedException, ExecutionException {
    return inRanks(ThreadExchange.of(size), config, resume, work);
  }

  private <T> List<T> inRanks(
      List<ThreadExchange> exchanges, TrainingConfig config, boolean resume, Work<T> work)
      throws InterruptedException, ExecutionException {
    List<FutureTask<T>> ranks = new ArrayList<>();
    for (ThreadExchange exchange : exchanges) {
      FutureTask<T> rank =
          new FutureTask<>(
              () -> {
                try (TrainingRun run =
                    TrainingRun.builder()
                        .config(config)
                        .directory(directory("rank-" + exchange.rank()))
                        .resume(resume)
                        .exchange(exchange)
                        .build()) {
                  return work.in(run);
                }
              });
      ranks.add(rank);
      new Thread(rank, "rank-" + exchange.rank()).start();
    }
    List<T> results = new ArrayList<>();
    for (FutureTask<T> rank : ranks) {
      results.add(rank.get());
    }
    return results;
  }

  private static List<String> metrics(RunDirectory directory) throws IOException {
    MetricsFile.Metrics metrics = MetricsFile.read(directory.metrics());
    return Stream.concat(metrics.updates().stream(), metrics.evaluations().stream())
        .map(Object::toString)
        .map(line -> line.replaceAll("(tokensPerSecond|time)=[^,)]*", ""))
        .toList();
  }

  private static void requireSameFiles(RunDirectory actual, RunDirectory expected, String... names)
      throws IOException {
    for (String name : names) {
      assertThat(actual.path().resolve(name)).hasSameBinaryContentAs(expected.path().resolve(name));
    }
    assertThat(metrics(actual)).isEqualTo(metrics(expected));
  }

  @ParameterizedTest
  @CsvSource({"2, COCONUT", "4, COCONUT", "2, CODI", "4, SIMCOT"})
  void ranksAreOneProcessToTheBit(int size, Method method) throws Exception {
    List<Integer> stages = method == Method.CODI ? List.of(12) : List.of(4, 3, 5);
    Integer perEpoch = method == Method.CODI ? 8 : 3;
    TrainingConfig config = config(method).stageSteps(stages).icotTokensPerEpoch(perEpoch).build();
    RunDirectory alone = alone(config);

    List<TrainingState> states =
        inRanks(
            size,
            config,
            false,
            run -> {
              run.train();
              return run.state();
            });

    assertThat(states).hasSize(size).containsOnly(states.get(0));
    assertThat(states.get(0).getBestAccuracy()).isNotNegative();
    requireSameFiles(
        directory("rank-0"),
        alone,
        "model/model.safetensors",
        "checkpoints/step-10/weights.safetensors",
        "checkpoints/step-10/optimizer.safetensors");
  }

  /** What a training and its evaluation found. */
  private record Found(double best, List<String> answers, double loss) {

    static Found of(TrainingRun run) throws IOException {
      run.train();
      List<String> answers =
          run.evaluate().getGenerations().stream()
              .map(one -> one.getGeneration().toString() + one.isCorrect())
              .toList();
      return new Found(run.state().getBestAccuracy(), answers, run.evaluationLoss());
    }
  }

  /** Five batches of 64 problems, fewer ranks, and problems of several lengths and thoughts. */
  @ParameterizedTest
  @CsvSource({"2, COCONUT, FIXED", "3, COCONUT, CONFIDENCE", "4, COT, FIXED"})
  void evaluationsSharedOutAreThoseOfOneProcess(int size, Method method, Halt halt)
      throws Exception {
    TrainingConfig config =
        config(method)
            .stageSteps(method == Method.COT ? List.of(4) : List.of(2, 2))
            .gradientAccumulationSteps(size)
            .halt(halt)
            .valPath("prosqa:261:6:nodes=8,min_steps=2,max_steps=2,people=3,concepts=8,max_facts=9")
            .build();
    RunDirectory alone = directory("alone");
    Found expected;
    try (TrainingRun run = TrainingRun.builder().config(config).directory(alone).build()) {
      expected = Found.of(run);
    }
    List<ThreadExchange> exchanges = ThreadExchange.of(size);

    List<Found> found = inRanks(exchanges, config, false, Found::of);

    assertThat(found).hasSize(size).containsOnly(expected);
    assertThat(expected.answers()).hasSize(261);
    requireSameFiles(directory("rank-0"), alone, "samples.json");
    requireDisjoint(exchanges);
  }

  /** No rank has computed what another has, and each has computed something. */
  private static void requireDisjoint(List<ThreadExchange> exchanges) {
    int kinds = exchanges.get(0).joined().size();
    assertThat(kinds).isPositive();
    for (int kind = 0; kind < kinds; kind++) {
      int at = kind;
      int length = exchanges.get(0).joined().get(at).length;
      for (int i = 0; i < length; i++) {
        int place = i;
        assertThat(exchanges.stream().filter(rank -> rank.joined().get(at)[place] != 0).count())
            .isLessThan(2);
      }
    }
    for (ThreadExchange rank : exchanges) {
      assertThat(rank.joined())
          .anyMatch(values -> DoubleStream.of(values).anyMatch(value -> value != 0));
    }
  }

  @Test
  void adaptersAloneCrossTheExchange() throws Exception {
    Path base = TinyRuns.base(temporary);
    TrainingConfig config =
        config(Method.COCONUT)
            .modelId(base.toString())
            .lora(LoraSettings.builder().r(2).build())
            .build();
    RunDirectory alone = alone(config);

    inRanks(
        2,
        config,
        false,
        run -> {
          run.train();
          return null;
        });

    requireSameFiles(directory("rank-0"), alone, "model/adapter_model.safetensors");
  }

  @Test
  void theFirstRankAloneWritesTheRun() throws Exception {
    inRanks(
        2,
        config(Method.COCONUT).build(),
        false,
        run -> {
          run.train();
          return null;
        });

    try (Stream<Path> files = Files.list(directory("rank-1").path())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("tokens", "run.lock");
    }
  }

  /** Asked of one rank, it ends all after the same update; resumed, they end as one process. */
  @Test
  void aStopIsAllRanks() throws Exception {
    TrainingConfig config = config(Method.COCONUT).checkpointEverySteps(100).build();
    RunDirectory alone = alone(config);

    List<Integer> steps =
        inRanks(
            2,
            config,
            false,
            run -> {
              if (Thread.currentThread().getName().equals("rank-1")) {
                run.requestStop();
              }
              run.train();
              return run.state().getStep();
            });
    assertThat(steps).containsExactly(1, 1);
    copy(directory("rank-0").checkpoints(), directory("rank-1").checkpoints());
    copy(directory("rank-0").metrics(), directory("rank-1").metrics());
    inRanks(
        2,
        config,
        true,
        run -> {
          run.train();
          return null;
        });

    requireSameFiles(directory("rank-0"), alone, "model/model.safetensors");
  }

  /** Only the first rank removes evaluations after the checkpoint, and all count the same. */
  @Test
  void evaluationsAfterTheCheckpointDoNotCountInAnyRank() throws Exception {
    TrainingConfig config =
        config(Method.COCONUT)
            .lr(0)
            .evalEverySteps(1)
            .evalLimit(2)
            .maxNewTokens(1)
            .earlyStopping(EarlyStoppingSettings.builder().patience(7).build())
            .build();
    // The checkpoint is of the second stage's end, update 7. The evaluation of update 8, the
    // seventh without improvement, is in the metrics and not in the checkpoint.
    KilledRun.kill(
        TrainingRun.builder()
            .config(config.toBuilder().earlyStopping(null).build())
            .directory(directory("rank-0")),
        9);
    copy(directory("rank-0").checkpoints(), directory("rank-1").checkpoints());
    copy(directory("rank-0").metrics(), directory("rank-1").metrics());

    List<Boolean> ended = inRanks(2, config, true, TrainingRun::isStoppedEarly);

    assertThat(ended).containsExactly(false, false);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  @Test
  void microBatchesThatCannotBeSharedOutAreRefused() {
    TrainingConfig config = config(Method.COCONUT).gradientAccumulationSteps(3).build();

    assertThatThrownBy(
            () ->
                TrainingRun.builder()
                    .config(config)
                    .directory(directory("refused"))
                    .exchange(ThreadExchange.of(2).get(0))
                    .build())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("a multiple of the number of ranks, 2")
        .hasMessageContaining("but is 3");
  }
}
