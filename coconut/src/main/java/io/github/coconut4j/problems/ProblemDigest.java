package io.github.coconut4j.problems;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/** Computes a checksum over problems, so that any change is found. */
final class ProblemDigest {

  private final MessageDigest digest = Sha256.digest();

  ProblemDigest add(List<ReasoningProblem> problems) {
    add(problems.size());
    for (ReasoningProblem problem : problems) {
      add(problem);
    }
    return this;
  }

  private void add(ReasoningProblem problem) {
    add(problem.getQuestion());
    add(problem.getSteps().size());
    problem.getSteps().forEach(this::add);
    add(problem.getAnswer());
    add(problem.getGraph().map(String::valueOf).orElse(""));
  }

  /** Adds a text with its length, so that the boundaries between texts count too. */
  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    add(bytes.length);
    digest.update(bytes);
  }

  private void add(int number) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
  }

  String sum() {
    return Sha256.text(digest);
  }
}
