package io.github.coconut4j.problems;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaGenerator;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.prosqa.ProsQaOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ProsQA problems made on the spot.
 *
 * @param options what the generator makes
 * @param count number of problems
 * @param maxFacts problems with more facts are left out
 */
record ProsQaProblems(ProsQaOptions options, int count, int maxFacts) implements ProblemSource {

  /** Problems in a row with too many facts after which the next ones are not waited for. */
  private static final int ATTEMPTS = 20_000;

  private static final Pattern FORM =
      Pattern.compile("prosqa(-balanced)?:(\\d{1,9}):(\\d{1,18})(?::(.*))?");

  static ProsQaProblems parse(String value) {
    Matcher form = FORM.matcher(value);
    if (!form.matches()) {
      throw new ConfigException(
          "A problem generator needs the form prosqa:COUNT:SEED, prosqa-balanced:COUNT:SEED (with"
              + " :nodes=10,min_steps=2 and so on behind it or not) or prontoqa:COUNT:SEED, but is "
              + value
              + ". Correct it, or give the path of a file.");
    }
    GeneratorArguments arguments = GeneratorArguments.parse(form.group(4));
    ProsQaOptions options =
        ProsQaOptions.builder()
            .balanced(form.group(1) != null)
            .seed(Long.parseLong(form.group(3)))
            .nodes(arguments.get("nodes"))
            .minSteps(arguments.get("min_steps"))
            .maxSteps(arguments.get("max_steps"))
            .names(arguments.names())
            .build();
    Integer maxFacts = arguments.get("max_facts");
    return new ProsQaProblems(
        options, Integer.parseInt(form.group(2)), maxFacts == null ? Integer.MAX_VALUE : maxFacts);
  }

  @Override
  public List<ReasoningProblem> problems(Set<String> excluded) {
    ProsQaGenerator generator = new ProsQaGenerator(options);
    List<ReasoningProblem> problems = new ArrayList<>();
    try {
      while (problems.size() < count) {
        problems.add(shortEnough(generator, excluded));
      }
    } catch (IllegalStateException e) {
      throw new ConfigException(e.getMessage(), e);
    }
    return List.copyOf(problems);
  }

  private ReasoningProblem shortEnough(ProsQaGenerator generator, Set<String> excluded) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ReasoningProblem problem = generator.generate(1, excluded).get(0);
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

  @Override
  public ProsQaNames names() {
    return options.getNames();
  }

  private static int facts(ReasoningProblem problem) {
    return problem.getGraph().map(graph -> graph.getEdges().size()).orElse(0);
  }
}
