package io.github.coconut4j.problems;

import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prontoqa.ProntoQaGenerator;
import io.github.coconut4j.data.prontoqa.ProntoQaOptions;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Generated ProntoQA problems.
 *
 * @param options options of the generator
 * @param count number of problems
 */
record ProntoQaProblems(ProntoQaOptions options, int count) implements ProblemSource {

  private static final Pattern FORM =
      Pattern.compile("prontoqa:(\\d{1,9}):(\\d{1,18})(?::hops=(\\d{1,2}))?");

  static ProntoQaProblems parse(String value) {
    Matcher form = FORM.matcher(value);
    if (!form.matches()) {
      throw new ConfigException(
          "The ProntoQA generator needs the form prontoqa:COUNT:SEED, with :hops=5 behind it or not,"
              + " but is "
              + value
              + ". Correct it, or give the path of a file.");
    }
    ProntoQaOptions options =
        ProntoQaOptions.builder()
            .seed(Long.parseLong(form.group(2)))
            .hops(form.group(3) == null ? null : Integer.valueOf(form.group(3)))
            .build();
    return new ProntoQaProblems(options, Integer.parseInt(form.group(1)));
  }

  /** Problems have no graph, so none is excluded: use another seed for each source. */
  @Override
  public List<ReasoningProblem> problems(Set<String> excluded) throws IOException {
    return new ProntoQaGenerator(options).generate(count);
  }

  @Override
  public ProsQaNames names() {
    return ProsQaNames.published();
  }
}
