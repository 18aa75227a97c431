package io.github.coconut4j.cli;

import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.race.Race;
import io.github.coconut4j.race.RaceDirectory;
import io.github.coconut4j.race.RaceFile;
import io.github.coconut4j.race.RaceResult;
import io.github.coconut4j.report.RunSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code quickstart}, which trains small models in a few minutes. */
@Command(
    name = "quickstart",
    description = "Train Coconut and its baselines on small problems and compare them.")
final class QuickstartCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "quickstart",
      description =
          "Directory of the runs and the report; an earlier quickstart there is replaced.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of the runs (default: the recipe's).")
  private Long seed;

  @Option(names = "--json", description = "Print one JSON object per method.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    PrintWriter errors = spec.commandLine().getErr();
    RaceFile file = RaceFile.quickstart(seed);
    new RaceDirectory(out).requireFreeOrEarlier(file);
    Race race =
        Race.builder()
            .file(file)
            .directory(out)
            .progress(entry -> new ConsoleProgress(entry.getMethod(), errors))
            .build();
    boolean complete = StopOnSignal.whileRunning(race::requestStop, () -> race.run(this::finished));
    if (complete) {
      print(race.results());
      errors.println("Report: " + race.report());
    } else {
      errors.println("Stopped. The models so far are in " + out + ".");
    }
    return 0;
  }

  private void finished(RaceResult result) {
    if (json) {
      RunSummary summary = result.getSummary();
      printJson(
          result.getEntry().getMethod(),
          summary.getAccuracy(),
          summary.getMeanTokens(),
          summary.getUpdates(),
          summary.getSeconds());
    }
  }

  private void print(List<RaceResult> results) {
    if (json) {
      RunSummary rules = results.get(0).getSummary();
      printJson("deeper_option", rules.getDeeperOption(), null, 0, null);
      printJson("fewer_incoming", rules.getFewerIncoming(), null, 0, null);
      printJson("chance", RaceTable.CHANCE, null, 0, null);
      return;
    }
    spec.commandLine().getOut().print(RaceTable.of(results));
    spec.commandLine().getOut().flush();
  }

  private void printJson(
      String method, double accuracy, Double meanTokens, int updates, Double seconds) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("method", method);
    line.put("accuracy", accuracy);
    line.put("mean_tokens", meanTokens);
    line.put("updates", updates);
    line.put("seconds", seconds);
    new JsonLines(spec.commandLine().getOut()).print(line);
  }
}
