package io.github.coconut4j.problems;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ConstructedGenerator;
import io.github.coconut4j.data.prosqa.ConstructedOptions;
import io.github.coconut4j.data.prosqa.GraphKind;
import io.github.coconut4j.data.prosqa.ProblemGenerator;
import io.github.coconut4j.data.prosqa.ProsQaGenerator;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.prosqa.ProsQaOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Generated ProsQA problems.
 *
 * @param generator makes a generator that starts from its seed
 * @param names the names that it uses
 * @param oneGraph whether all its problems have the same graph, so that excluding one would exclude
 *     all
 * @param count number of problems
 * @param maxFacts problems with more facts are left out
 */
record ProsQaProblems(
    Supplier<ProblemGenerator> generator,
    ProsQaNames names,
    boolean oneGraph,
    int count,
    int maxFacts)
    implements ProblemSource {

  /** Number of consecutive problems with too many facts after which generation gives up. */
  private static final int ATTEMPTS = 20_000;

  private static final Map<String, GraphKind> KINDS =
      Arrays.stream(GraphKind.values())
          .collect(Collectors.toMap(GraphKind::generatorName, Function.identity()));

  private static final Pattern FORM =
      Pattern.compile(
          "(prosqa(?:-balanced|-deep|-chains|-stars|-dag)?):(\\d{1,9}):(\\d{1,18})(?::(.*))?");

  static ProsQaProblems parse(String value) {
    Matcher form = FORM.matcher(value);
    if (!form.matches()) {
      throw new ConfigException(
          "A problem generator needs the form prosqa:COUNT:SEED, prosqa-balanced:COUNT:SEED,"
              + " prosqa-deep, prosqa-chains, prosqa-stars, prosqa-dag (each with"
              + " :nodes=10,min_steps=2 and so on behind it or not) or prontoqa:COUNT:SEED, but is "
              + value
              + ". Correct it, or give the path of a file.");
    }
    return of(
        form.group(1),
        Integer.parseInt(form.group(2)),
        Long.parseLong(form.group(3)),
        GeneratorArguments.parse(form.group(4)));
  }

  /** Problems of a generator by its name, such as {@code prosqa-deep}. */
  static ProsQaProblems of(String name, int count, long seed, GeneratorArguments arguments) {
    GraphKind kind = KINDS.get(name);
    return kind == null
        ? drawn(name.equals("prosqa-balanced"), seed, count, arguments)
        : constructed(kind, seed, count, arguments);
  }

  private static ProsQaProblems drawn(
      boolean balanced, long seed, int count, GeneratorArguments arguments) {
    ProsQaOptions options =
        ProsQaOptions.builder()
            .balanced(balanced)
            .seed(seed)
            .nodes(arguments.get("nodes"))
            .minSteps(arguments.get("min_steps"))
            .maxSteps(arguments.get("max_steps"))
            .names(arguments.names(ProsQaNames.published()))
            .build();
    return new ProsQaProblems(
        () -> new ProsQaGenerator(options), options.getNames(), false, count, arguments.maxFacts());
  }

  private static ProsQaProblems constructed(
      GraphKind kind, long seed, int count, GeneratorArguments arguments) {
    ConstructedOptions options =
        ConstructedOptions.builder()
            .kind(kind)
            .seed(seed)
            .nodes(arguments.get("nodes"))
            .minSteps(arguments.get("min_steps"))
            .maxSteps(arguments.get("max_steps"))
            .names(arguments.names(ProsQaNames.extended()))
            .build();
    return new ProsQaProblems(
        () -> new ConstructedGenerator(options),
        options.getNames(),
        !kind.hasManyGraphs(),
        count,
        arguments.maxFacts());
  }

  /**
   * Chains and stars of one length have the same graph: none is left out, only names and order
   * differ.
   */
  @Override
  public boolean canExclude() {
    return !oneGraph;
  }

  @Override
  public List<ReasoningProblem> problems(Set<String> excluded) {
    ProblemGenerator made = generator.get();
    Set<String> leftOut = canExclude() ? excluded : Set.of();
    List<ReasoningProblem> problems = new ArrayList<>();
    try {
      while (problems.size() < count) {
        problems.add(shortEnough(made, leftOut));
      }
    } catch (IllegalStateException e) {
      throw new ConfigException(e.getMessage(), e);
    }
    return List.copyOf(problems);
  }

  private ReasoningProblem shortEnough(ProblemGenerator made, Set<String> excluded) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ReasoningProblem problem = made.generate(1, excluded).get(0);
      if (facts(problem) <= maxFacts) {
        return problem;
      }
    }
    throw ConfigException.of(
        "max_facts",
        "a number of facts that problems of these options can have",
        maxFacts + ", which none of " + ATTEMPTS + " problems in a row has",
        "Raise it, or ask for fewer nodes or steps.");
  }

  private static int facts(ReasoningProblem problem) {
    return problem.getGraph().map(graph -> graph.getEdges().size()).orElse(0);
  }
}
