package io.github.coconut4j.cli;

import static io.github.coconut4j.evaluate.Percent.percent;

import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import io.github.coconut4j.json.JsonLines;
import io.github.coconut4j.quickstart.Quickstart;
import io.github.coconut4j.quickstart.QuickstartRecipe;
import io.github.coconut4j.report.RunSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Watches a transformer learn to reason in a few minutes. */
@Command(
    name = "quickstart",
    description = "Train Coconut and its baselines on small problems and compare them.")
final class QuickstartCommand implements Callable<Integer> {

  private static final double CHANCE = 0.5;

  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "quickstart",
      description = "Where runs and report go.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of the runs (default: the recipe's).")
  private Long seed;

  @Option(names = "--json", description = "One JSON object a method on standard output.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    PrintWriter errors = spec.commandLine().getErr();
    Quickstart quickstart =
        new Quickstart(
            QuickstartRecipe.bundled(seed), out, method -> new ConsoleProgress(method, errors));
    boolean complete =
        StopOnSignal.whileRunning(quickstart::requestStop, () -> quickstart.run(this::finished));
    if (complete) {
      print(quickstart);
      errors.println("Report: " + quickstart.report());
    } else {
      errors.println("Stopped. The models so far are in " + out + ".");
    }
    return 0;
  }

  private void finished(RunSummary summary) {
    if (json) {
      printJson(
          summary.getMethod(),
          summary.getAccuracy(),
          summary.getMeanTokens(),
          summary.getUpdates(),
          summary.getSeconds());
    }
  }

  private void print(Quickstart quickstart) {
    ShortcutBaselines rules = quickstart.baselines();
    if (json) {
      printJson("deeper_option", rules.getDeeperOption(), null, 0, null);
      printJson("fewer_incoming", rules.getFewerIncoming(), null, 0, null);
      printJson("chance", CHANCE, null, 0, null);
      return;
    }
    TextTable table =
        new TextTable("method", "accuracy", "95 % interval", "mean tokens", "updates", "seconds");
    for (RunSummary summary : quickstart.summaries()) {
      table.row(
          summary.getMethod(),
          percent(summary.getAccuracy()),
          summary.accuracyInterval().toPercent(),
          String.format(Locale.ROOT, "%.1f", summary.getMeanTokens()),
          String.valueOf(summary.getUpdates()),
          String.format(Locale.ROOT, "%.0f", summary.getSeconds()));
    }
    table.row("deeper option", percent(rules.getDeeperOption()), "", "", "0", "");
    table.row("fewer incoming edges", percent(rules.getFewerIncoming()), "", "", "0", "");
    table.row("chance", percent(CHANCE), "", "", "0", "");
    spec.commandLine().getOut().print(table);
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
