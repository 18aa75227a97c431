package io.github.coconut4j.analyze;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.analyze.causal.CausalEffect;
import io.github.coconut4j.analyze.causal.CausalTests;
import io.github.coconut4j.analyze.causal.Replacements;
import io.github.coconut4j.analyze.thought.LatentReading;
import io.github.coconut4j.analyze.thought.Lengths;
import io.github.coconut4j.analyze.thought.ThoughtRecord;
import io.github.coconut4j.analyze.thought.ThoughtRunner;
import io.github.coconut4j.analyze.thought.ThoughtSimilarity;
import io.github.coconut4j.analyze.tree.ParallelismPoint;
import io.github.coconut4j.analyze.tree.SearchTree;
import io.github.coconut4j.analyze.tree.ValueByHeight;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ShortcutBaselines;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Analyses a model's thoughts on ProsQA problems: path classes by number of thoughts, the latent
 * search tree, and causal tests of the thoughts.
 *
 * <pre>{@code
 * try (CoconutModel model = CoconutModel.open(directory)) {
 *   Analyzer analyzer = new Analyzer(model, AnalysisOptions.builder().build());
 *   DataAnalysis found = analyzer.analyze("unseen", problems, AnalysisObserver.NONE);
 *   found.getFindings().forEach(System.out::println);
 * }
 * }</pre>
 */
public final class Analyzer {

  /** Number of steps whose thoughts' parallelism and heights the paper shows. */
  private static final int SHOWN_STEPS = 2;

  /** Number of tokens that each thought is read as. */
  private static final int READ_TOKENS = 3;

  private final CoconutModel model;
  private final AnalysisOptions options;
  private final ThoughtRunner runner;
  private final int most;

  /**
   * Makes an analyzer of one model, which must stay open.
   *
   * @throws IllegalArgumentException if the model's method has no latent thoughts, or the requested
   *     number of thoughts exceeds its positions
   */
  public Analyzer(CoconutModel model, AnalysisOptions options) {
    Arguments.requireNonNull(model, "model", "Open one.");
    Arguments.requireNonNull(options, "options", "Build AnalysisOptions.");
    requireLatents(model);
    this.model = model;
    this.options = options;
    most = options.mostThoughts(trainedThoughts());
    requirePositions(most);
    String remedy =
        most > trainedThoughts()
            ? "Set a lower --max-latents, or leave the problem out."
            : "Leave the problem out.";
    Lengths lengths =
        new Lengths(Math.max(most, trainedThoughts()), options.getMaxNewTokens(), remedy);
    runner = new ThoughtRunner(model, lengths, options.getBatchSize());
  }

  private static void requireLatents(CoconutModel model) {
    if (!model.getConfig().getMethod().hasLatents()) {
      throw new IllegalArgumentException(
          "An analysis of thoughts needs a model that feeds hidden states back (method coconut), but"
              + " this one was trained with "
              + model.getConfig().getMethod().key()
              + ". Choose another model directory.");
    }
  }

  /** Rejects numbers of thoughts that do not fit, before memory is allocated for them. */
  private void requirePositions(int thoughts) {
    int positions = model.getTransformer().getConfig().longestSequence();
    if (thoughts >= positions) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "max-latents needs to fit the model's %s together with a question, but is %d. Ask for fewer thoughts.",
              model.getTransformer().getConfig().sequenceBound(),
              thoughts));
    }
  }

  /** Number of thoughts that the model was trained with. */
  public int trainedThoughts() {
    return model.getConfig().getDefaultLatents();
  }

  /**
   * Analyzes the model on problems.
   *
   * @param data name of the problems in the results
   * @throws IllegalArgumentException if there are no problems, or one does not have ProsQA's form
   *     or is too long with its thoughts
   */
  public DataAnalysis analyze(
      String data, List<ReasoningProblem> problems, AnalysisObserver observer) {
    Arguments.requireElements(problems, "problems");
    Arguments.requireNonNull(observer, "observer", "Take AnalysisObserver.NONE.");
    if (problems.isEmpty()) {
      throw new IllegalArgumentException(
          "An analysis needs at least 1 problem but " + data + " has none. Choose another file.");
    }
    int tested =
        trainedThoughts() == 0 ? 0 : Math.min(problems.size(), options.getCausalProblems());
    ContinuationCounter progress =
        new ContinuationCounter(observer, continuations(problems.size(), tested));
    ThoughtPass pass = new ThoughtPass(model, data, problems, Math.max(most, trainedThoughts()));
    pass.run(runner, problems, progress::advance);
    List<ForcedThoughts> forced = forced(pass);
    List<CausalEffect> causal = tested < 2 ? List.of() : causal(pass, problems, tested, progress);
    List<SearchTree> trees = pass.trees();
    List<ParallelismPoint> parallelism = eachShown(level -> ParallelismPoint.curve(trees, level));
    return DataAnalysis.builder()
        .data(data)
        .problems(problems.size())
        .baselines(ShortcutBaselines.measure(problems).orElse(null))
        .forced(forced)
        .parallelism(parallelism)
        .heights(eachShown(level -> ValueByHeight.of(trees, level)))
        .causal(causal)
        .similarities(ThoughtSimilarity.of(pass.getRecord()))
        .findings(findings(forced, parallelism, causal))
        .trees(trees)
        .readings(readings(pass.getRecord()))
        .build();
  }

  private List<ForcedThoughts> forced(ThoughtPass pass) {
    return IntStream.rangeClosed(0, pass.getRecord().thoughts())
        .mapToObj(k -> ForcedThoughts.of(k, steps(k), pass.getVerifiers(), pass.getOutputs()[k]))
        .toList();
  }

  /** Number of steps that some thoughts replace, the last perhaps in part. */
  private int steps(int thoughts) {
    int perStep = model.getConfig().thoughtsPerStep();
    return (thoughts + perStep - 1) / perStep;
  }

  private List<String> findings(
      List<ForcedThoughts> forced, List<ParallelismPoint> parallelism, List<CausalEffect> causal) {
    return new Findings(
            forced, parallelism, causal, trainedThoughts(), model.getConfig().getThoughtMap())
        .sentences();
  }

  private List<CausalEffect> causal(
      ThoughtPass pass, List<ReasoningProblem> problems, int tested, ContinuationCounter progress) {
    Weights weights = model.getTransformer().getWeights();
    Replacements replacements =
        new Replacements(
            pass.getRecord(),
            tested,
            weights.tokenTable(),
            weights.outputTable(),
            options.getSeed());
    return new CausalTests(runner, replacements, trainedThoughts())
        .run(
            problems.subList(0, tested),
            pass.getVerifiers(),
            pass.right(trainedThoughts(), tested),
            progress::advance);
  }

  private List<LatentReading> readings(ThoughtRecord record) {
    TextTokenizer tokenizer = model.getTokenizer();
    List<LatentReading> readings = new ArrayList<>();
    for (int thought = 0; thought < record.thoughts(); thought++) {
      readings.addAll(
          LatentReading.of(
              record.thought(thought),
              thought + 1,
              model.getTransformer().getWeights().outputTable(),
              READ_TOKENS,
              tokenizer::display));
    }
    return readings;
  }

  private <T> List<T> eachShown(IntFunction<List<T>> rows) {
    int levels = most / model.getConfig().thoughtsPerStep();
    return IntStream.rangeClosed(1, Math.min(SHOWN_STEPS, levels))
        .mapToObj(rows)
        .flatMap(List::stream)
        .toList();
  }

  private int continuations(int problems, int tested) {
    int forced = batches(problems) * (Math.max(most, trainedThoughts()) + 1);
    return forced + batches(tested) * CausalTests.trials(trainedThoughts());
  }

  private int batches(int problems) {
    return problems == 0 ? 0 : 1 + (problems - 1) / options.getBatchSize();
  }
}
