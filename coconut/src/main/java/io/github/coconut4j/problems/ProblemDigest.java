package io.github.coconut4j.problems;

import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.files.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/** Sums up problems, one after the other, so that a change of any is found. */
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

  /** With its length, so that where one text ends and the next begins counts too. */
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
