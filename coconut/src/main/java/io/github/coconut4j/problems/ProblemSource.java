package io.github.coconut4j.problems;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Problems by the value of {@code train_path} or {@code val_path}: the path of a file (JSON,
 * ProntoQA's raw JSON, GSM8K as text or JSON lines), a generator and its arguments, or several of
 * these joined by {@code +}. A path that exists is a path, whatever characters it has.
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
 * <p>Where no number of {@code people} and {@code concepts} is given, the first two draw from the
 * published names and the others from {@link ProsQaNames#extended()}.
 */
public interface ProblemSource {

  /**
   * All problems of the source.
   *
   * @param excluded canonical forms of problems that a generator must not make; a file is read as
   *     it is, and chains and stars, which are one graph, are made as they are
   * @throws IllegalArgumentException if a problem is malformed
   */
  List<ReasoningProblem> problems(Set<String> excluded) throws IOException;

  /** The names that problems draw theirs from. */
  ProsQaNames names();

  /** The source that a value names. */
  static ProblemSource of(String value) {
    List<ProblemSource> parts =
        SourceNames.parts(value).stream().map(ProblemSource::ofPart).toList();
    return parts.size() == 1 ? parts.get(0) : new JoinedProblems(value, parts);
  }

  private static ProblemSource ofPart(String value) {
    if (!SourceNames.isGenerator(value)) {
      SourceNames.requireNoUnknownGenerator(value);
      return new FileProblems(Path.of(value));
    }
    return value.startsWith("prontoqa:")
        ? ProntoQaProblems.parse(value)
        : ProsQaProblems.parse(value);
  }
}
