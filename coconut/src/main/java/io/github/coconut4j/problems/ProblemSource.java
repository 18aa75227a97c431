package io.github.coconut4j.problems;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Problems by the value of {@code train_path} or {@code val_path}: the path of a file (JSON,
 * ProntoQA's raw JSON, GSM8K as text or JSON lines), a generator and its arguments, or several of
 * these joined by {@code +}. An existing path is treated as a path, whatever characters it has.
 *
 * <pre>
 * data/prosqa_train.json
 * prontoqa:COUNT:SEED
 * prosqa:COUNT:SEED
 * prosqa-balanced:COUNT:SEED:nodes=10,min_steps=2,max_steps=2,people=4,concepts=12,max_facts=12
 * prosqa-deep:COUNT:SEED:nodes=60,min_steps=3,max_steps=20
 * prosqa-chains:COUNT:SEED:nodes=42,min_steps=20,max_steps=20
 * prosqa-stars:COUNT:SEED:nodes=82,min_steps=20,max_steps=20
 * prosqa-dag:COUNT:SEED:nodes=60,min_steps=3,max_steps=20
 * </pre>
 *
 * <p>If the numbers of {@code people} and {@code concepts} are not given, {@code prosqa} and {@code
 * prosqa-balanced} use the published names, the others those of {@link ProsQaNames#extended()}.
 */
public interface ProblemSource {

  /**
   * All problems of the source.
   *
   * @param excluded canonical forms of problems that a generator must leave out; they have no
   *     effect on files, and on chains and stars, which have only one graph
   * @throws IllegalArgumentException if a problem is malformed
   */
  List<ReasoningProblem> problems(Set<String> excluded) throws IOException;

  /** Whether {@link #problems} leaves out excluded problems. */
  default boolean canExclude() {
    return false;
  }

  /** The names that the source's problems use. */
  ProsQaNames names();

  /** Parses a source. */
  static ProblemSource of(String value) {
    Arguments.requireNonNull(value, "value", "Name a file or a generator, such as prosqa:100:1.");
    List<ProblemSource> parts =
        SourceParser.parts(value).stream().map(ProblemSource::ofPart).toList();
    return parts.size() == 1 ? parts.get(0) : new JoinedProblems(value, parts);
  }

  /**
   * Generated ProsQA problems, those of {@code NAME:COUNT:SEED:ARGUMENTS}.
   *
   * @param name of the generator, such as {@code prosqa-deep}
   * @param arguments values by key, such as {@code nodes}; a missing one has its default
   * @throws IllegalArgumentException if a value is outside its range
   */
  static ProblemSource prosQa(String name, int count, long seed, Map<String, Integer> arguments) {
    return ProsQaProblems.of(name, count, seed, new GeneratorArguments(arguments));
  }

  private static ProblemSource ofPart(String value) {
    if (!SourceParser.isGenerator(value)) {
      SourceParser.requireNoUnknownGenerator(value);
      return new FileProblems(Path.of(value));
    }
    return value.startsWith("prontoqa:")
        ? ProntoQaProblems.parse(value)
        : ProsQaProblems.parse(value);
  }
}
