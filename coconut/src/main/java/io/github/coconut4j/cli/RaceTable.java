package io.github.coconut4j.cli;

import static io.github.coconut4j.evaluate.Percent.percent;

import io.github.coconut4j.race.RaceResult;
import io.github.coconut4j.report.RunSummary;
import java.util.List;
import java.util.Locale;

/** A table of a race's results, one row per run, with the rules that need no reasoning. */
final class RaceTable {

  static final double CHANCE = 0.5;

  private RaceTable() {}

  static TextTable of(List<RaceResult> results) {
    TextTable table =
        new TextTable(
            "method", "seed", "accuracy", "95 % interval", "mean tokens", "updates", "seconds");
    results.forEach(result -> addRun(table, result));
    results.stream()
        .map(RaceResult::getSummary)
        .filter(RunSummary::hasRules)
        .findFirst()
        .ifPresent(rules -> addRules(table, rules));
    return table;
  }

  private static void addRun(TextTable table, RaceResult result) {
    RunSummary summary = result.getSummary();
    table.row(
        result.getEntry().getMethod(),
        String.valueOf(result.getEntry().seed()),
        percent(summary.getAccuracy()),
        summary.accuracyInterval().toPercent(),
        String.format(Locale.ROOT, "%.1f", summary.getMeanTokens()),
        String.valueOf(summary.getUpdates()),
        String.format(Locale.ROOT, "%.0f", summary.getSeconds()));
  }

  private static void addRules(TextTable table, RunSummary rules) {
    addRule(table, "deeper option", rules.getDeeperOption());
    addRule(table, "fewer incoming edges", rules.getFewerIncoming());
    addRule(table, "chance", CHANCE);
  }

  private static void addRule(TextTable table, String name, double accuracy) {
    table.row(name, "", percent(accuracy), "", "", "0", "");
  }
}
