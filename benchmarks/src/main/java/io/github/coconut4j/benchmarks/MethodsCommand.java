package io.github.coconut4j.benchmarks;

import io.github.coconut4j.cli.ThreadsOption;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.race.RaceEntry;
import io.github.coconut4j.race.RaceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.commons.io.FileUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compares what a step of each method costs. */
@Command(
    name = "methods",
    description = {
      "Time a training step of every method of a race, on sequences of the last stage.",
      "Medians of interleaved rounds in milliseconds, and their ratios to the first method's.",
      "cpu_ratio compares the processors' time: of use on a busy machine, with one thread."
    })
final class MethodsCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private ThreadsOption threads;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "A training configuration with a section `race`.")
  private Path config;

  @Option(
      names = "--rate",
      description = "Rate of dropout, in [0, 1), of all that a model has; default: its own.")
  private Double rate;

  @Mixin private RoundsOptions rounds;

  @Override
  public Integer call() throws IOException {
    threads.apply();
    Map<String, RaceEntry> entries = new LinkedHashMap<>();
    RaceFile.read(config)
        .getEntries()
        .forEach(entry -> entries.putIfAbsent(entry.getMethod(), entry));
    Path directory = Files.createTempDirectory("methods");
    List<MethodStep> steps = new ArrayList<>();
    try {
      for (RaceEntry entry : entries.values()) {
        steps.add(new MethodStep(config(entry), directory.resolve(entry.getDirectory())));
      }
      print(List.copyOf(entries.keySet()), rounds.interleaved().medians(steps));
    } finally {
      for (MethodStep step : steps) {
        step.close();
      }
      FileUtils.deleteDirectory(directory.toFile());
    }
    return 0;
  }

  private TrainingConfig config(RaceEntry entry) {
    TrainingConfig own = entry.getConfig();
    return rate == null ? own : own.toBuilder().dropout(rate).build();
  }

  private void print(List<String> methods, List<double[]> medians) {
    JsonLines lines = new JsonLines(spec.commandLine().getOut());
    for (int i = 0; i < methods.size(); i++) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("method", methods.get(i));
      line.put("step_ms", medians.get(i)[0]);
      line.put("ratio", medians.get(i)[0] / medians.get(0)[0]);
      line.put("cpu_ratio", medians.get(i)[1] / medians.get(0)[1]);
      lines.print(line);
    }
  }
}
