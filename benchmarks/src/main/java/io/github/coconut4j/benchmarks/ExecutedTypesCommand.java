package io.github.coconut4j.benchmarks;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.train.RunDirectory;
import io.github.coconut4j.train.TrainingObserver;
import io.github.coconut4j.train.TrainingRun;
import io.github.coconut4j.train.UpdateMetrics;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Counts the types that a reader meets on the way of one update and of one answer. */
@Command(
    name = "executed-types",
    description = {
      "Count the library's types that one warm training update, its checkpoint included, and one"
          + " answer execute,",
      "from JaCoCo's execution data. Run it by benchmarks/executed-types, which starts the agent."
    })
final class ExecutedTypesCommand implements Callable<Integer> {

  private static final String PROBLEMS = "prosqa:8:3:nodes=8,min_steps=2,max_steps=2";

  /** An update by which everything is loaded; the next one is counted. */
  private static final int WARM = 6;

  private static final TrainingConfig CONFIG =
      TrainingConfig.builder()
          .method(Method.COCONUT)
          .trainPath(PROBLEMS)
          .nLayer(2)
          .nEmbd(32)
          .nHead(2)
          .nPositions(96)
          .maxLatentStage(2)
          .stageSteps(List.of(2, 2, 6))
          .batchSizeTraining(4)
          .checkpointEverySteps(1)
          .build();

  @Spec private CommandSpec spec;

  @Option(names = "--list", description = "Name the types too.")
  private boolean listed;

  @Override
  public Integer call() throws IOException {
    Path directory = Files.createTempDirectory("executed-types");
    try {
      print("update", ofUpdate(directory));
      print("answer", ofAnswer(new RunDirectory(directory).model()));
    } finally {
      delete(directory);
    }
    return 0;
  }

  private static SortedSet<String> ofUpdate(Path directory) throws IOException {
    SortedSet<String> types = new TreeSet<>();
    TrainingObserver counter =
        new TrainingObserver() {
          @Override
          public void updated(UpdateMetrics metrics) throws IOException {
            if (metrics.getStep() == WARM) {
              ExecutedTypes.reset();
            } else if (metrics.getStep() == WARM + 1) {
              types.addAll(ExecutedTypes.sinceReset());
            }
          }
        };
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(new RunDirectory(directory))
            .observer(counter)
            .build()) {
      run.train();
    }
    return types;
  }

  private static SortedSet<String> ofAnswer(Path modelDirectory) throws IOException {
    String question = ProblemSplits.of(CONFIG).getTraining().get(0).getQuestion();
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(16).build();
    try (CoconutModel model = CoconutModel.open(modelDirectory)) {
      model.generate(List.of(question), options);
      ExecutedTypes.reset();
      model.generate(List.of(question), options);
      return ExecutedTypes.sinceReset();
    }
  }

  private void print(String walk, SortedSet<String> types) {
    PrintWriter output = spec.commandLine().getOut();
    output.printf(Locale.ROOT, "%s: %d types%n", walk, types.size());
    if (listed) {
      types.forEach(type -> output.printf("  %s%n", type));
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
