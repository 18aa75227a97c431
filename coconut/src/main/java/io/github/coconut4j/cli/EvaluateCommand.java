package io.github.coconut4j.cli;

import static io.github.coconut4j.evaluate.Percent.percent;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import io.github.coconut4j.evaluate.Confusion;
import io.github.coconut4j.evaluate.Evaluation;
import io.github.coconut4j.evaluate.Evaluator;
import io.github.coconut4j.evaluate.Interval;
import io.github.coconut4j.evaluate.StepsScore;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.json.JsonLines;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command {@code evaluate}, which scores a model, and the two rules that need no reasoning, on
 * a file of problems.
 */
@Command(
    name = "evaluate",
    description = "Measure a model's accuracy and tokens on problems, with shortcut baselines.")
final class EvaluateCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "A model directory; without one only the baselines are scored.")
  private Path modelDirectory;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "Problems in any format of train, or a generator such as prosqa:COUNT:SEED.")
  private String data;

  @Mixin private ProblemLimit limit;

  @Mixin private AnswerOptions answerOptions;

  @Mixin private MistakesOption mistakes;

  @Mixin private DeviceOption device;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (modelDirectory == null) {
      answerOptions.requireNone(spec.commandLine().getParseResult());
    }
    mistakes.check(data);
    device.apply();
    GenerationOptions options = answerOptions.builder(data).build();
    List<ReasoningProblem> problems = problems();
    Evaluation evaluation = modelDirectory == null ? null : evaluate(problems, options);
    Map<String, Object> result = result(problems, evaluation);
    if (json) {
      new JsonLines(spec.commandLine().getOut()).print(result);
    } else {
      print(spec.commandLine().getOut(), problems, evaluation);
    }
    if (evaluation != null) {
      mistakes.write(evaluation, spec.commandLine().getErr());
    }
    return 0;
  }

  private List<ReasoningProblem> problems() throws IOException {
    List<ReasoningProblem> problems = limit.problems(data);
    if (problems.isEmpty()) {
      throw new IllegalArgumentException(
          "An evaluation needs at least 1 problem but " + data + " has none. Choose another file.");
    }
    return problems;
  }

  private Evaluation evaluate(List<ReasoningProblem> problems, GenerationOptions options)
      throws IOException {
    try (CoconutModel model = answerOptions.open(modelDirectory);
        ProgressMeter meter =
            new ProgressMeter("evaluate", 0, problems.size(), spec.commandLine().getErr())) {
      return new Evaluator(model, options).evaluate(problems, new EvaluationProgress(meter));
    }
  }

  private Map<String, Object> result(List<ReasoningProblem> problems, Evaluation evaluation) {
    Map<String, Object> result = new LinkedHashMap<>();
    boolean scored = evaluation != null;
    result.put("model", scored ? modelDirectory.toString() : null);
    result.put("data", data);
    result.put("problems", problems.size());
    result.put("accuracy", scored ? evaluation.accuracy() : null);
    result.put("chain_match", scored ? evaluation.chainMatch() : null);
    result.put("mean_tokens", scored ? evaluation.meanTokens() : null);
    result.put("latents", scored ? evaluation.latents() : null);
    result.put("mean_latents", scored ? evaluation.meanLatents() : null);
    result.put("seconds", scored ? evaluation.getSeconds() : null);
    result.put(
        "by_steps",
        scored ? evaluation.bySteps().stream().map(EvaluateCommand::score).toList() : null);
    result.put("confusion", scored ? evaluation.confusion().orElse(null) : null);
    result.put(
        "baselines",
        ShortcutBaselines.measure(problems).map(EvaluateCommand::baselines).orElse(null));
    return result;
  }

  private static Map<String, Object> score(StepsScore score) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("steps", score.getSteps());
    json.put("problems", score.getProblems());
    json.put("correct", score.getCorrect());
    json.put("accuracy", score.accuracy());
    Interval interval = score.accuracyInterval();
    json.put("interval", List.of(interval.getLow(), interval.getHigh()));
    return json;
  }

  private static Map<String, Double> baselines(ShortcutBaselines rules) {
    Map<String, Double> json = new LinkedHashMap<>();
    json.put("deeper_option", rules.getDeeperOption());
    json.put("fewer_incoming", rules.getFewerIncoming());
    return json;
  }

  private static void print(
      PrintWriter output, List<ReasoningProblem> problems, Evaluation evaluation) {
    TextTable table =
        new TextTable(
            "method", "accuracy", "95 % interval", "mean tokens", "GPT-2 tokens", "mean words");
    if (evaluation != null) {
      table.row(
          "model",
          percent(evaluation.accuracy()),
          evaluation.accuracyInterval().toPercent(),
          mean(evaluation.meanTokens()),
          mean(evaluation.meanGpt2Tokens()),
          mean(evaluation.meanWords()));
    }
    Optional<ShortcutBaselines> baselines = ShortcutBaselines.measure(problems);
    baselines.ifPresent(
        rules -> {
          table.row("deeper option", percent(rules.getDeeperOption()), "", "", "", "");
          table.row("fewer incoming edges", percent(rules.getFewerIncoming()), "", "", "", "");
        });
    output.println(problems.size() + " problems");
    if (evaluation == null && baselines.isEmpty()) {
      output.println(
          "Nothing is scored: --model is not given, and the shortcut rules need the graph of every"
              + " problem. Give --model, or problems with graphs.");
    } else {
      output.print(table);
    }
    if (evaluation != null && evaluation.bySteps().size() > 1) {
      output.print(bySteps(evaluation));
    }
    if (evaluation != null) {
      evaluation.confusion().ifPresent(confusion -> print(output, confusion));
    }
    output.flush();
  }

  private static void print(PrintWriter output, Confusion confusion) {
    TextTable table =
        new TextTable(
            Stream.concat(Stream.of("right option"), confusion.getLabels().stream())
                .toArray(String[]::new));
    for (int right = 0; right < confusion.getLabels().size() - 1; right++) {
      table.row(
          Stream.concat(
                  Stream.of(confusion.getLabels().get(right)),
                  confusion.getCounts().get(right).stream().map(String::valueOf))
              .toArray(String[]::new));
    }
    output.println("options named, F1 " + String.format(Locale.ROOT, "%.3f", confusion.getF1()));
    output.print(table);
  }

  private static TextTable bySteps(Evaluation evaluation) {
    TextTable table = new TextTable("steps", "problems", "accuracy", "95 % interval");
    for (StepsScore score : evaluation.bySteps()) {
      table.row(
          String.valueOf(score.getSteps()),
          String.valueOf(score.getProblems()),
          percent(score.accuracy()),
          score.accuracyInterval().toPercent());
    }
    return table;
  }

  private static String mean(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
