package io.github.coconut4j.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.curriculum.Curriculum;
import io.github.coconut4j.data.ProblemGraph;
import io.github.coconut4j.data.ProblemGraph.Edge;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.batch.SequenceSupervision;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

/**
 * The sequences of every method at every stage, held against files that were checked by eye against
 * the paper's description: labelled tokens are in brackets, latents in braces.
 */
class GoldenSequencesTest {

  private static final ReasoningProblem PROSQA =
      ReasoningProblem.builder()
          .question("Every gorpus is a zumpus. Bob is a gorpus. Is Bob a hilpus or zumpus?")
          .steps(List.of("Bob is a gorpus.", "Every gorpus is a zumpus."))
          .answer("Bob is a zumpus.")
          .graph(
              ProblemGraph.builder()
                  .symbols(List.of("Bob", "gorpus", "zumpus", "hilpus"))
                  .edges(List.of(new Edge(0, 1), new Edge(1, 2)))
                  .root(0)
                  .target(2)
                  .negativeTarget(3)
                  .build())
          .build();

  private static final ReasoningProblem GSM8K =
      ReasoningProblem.builder()
          .question("How many eggs are left?")
          .steps(List.of("<<16-3=13>>", "<<13-4=9>>", "<<9*2=18>>"))
          .answer("18")
          .build();

  @Test
  void sequencesOfAProsQaProblem() throws IOException {
    TextTokenizer tokenizer =
        PhraseTokenizer.forProsQa(List.of("Bob"), List.of("gorpus", "hilpus", "zumpus"));

    assertThat(sequences(PROSQA, tokenizer, 1, 2)).isEqualTo(golden("prosqa.txt"));
  }

  @Test
  void sequencesOfAGsm8kProblem() throws IOException {
    assertThat(sequences(GSM8K, new WordTokenizer(), 2, 2)).isEqualTo(golden("gsm8k.txt"));
  }

  /**
   * The rows of the published implementation's table beside which nothing is padded: after the last
   * stage a problem with fewer steps has as many thoughts as steps, in prompts already before it.
   * Also stages after the last.
   */
  @Test
  void sequencesThatAreNotPaddedToTheMostThoughts() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Method method : List.of(Method.COCONUT, Method.PAUSE_AS_THOUGHT, Method.NO_THOUGHTS)) {
      for (int steps : List.of(0, 1, 2, 3)) {
        ReasoningProblem problem =
            ReasoningProblem.builder()
                .question("Q?")
                .steps(List.of("A", "B", "C").subList(0, steps))
                .answer("7")
                .build();
        WordTokenizer tokenizer = new WordTokenizer();
        SequenceBuilder builder = builder(method, tokenizer, 2, 2, false);
        for (int stage = 0; stage <= 5; stage++) {
          lines.append(method.key()).append(" of ").append(steps).append(" steps, stage ");
          lines.append(stage).append('\n');
          append(lines, builder, problem, stage, tokenizer);
        }
      }
    }
    assertThat(lines.toString()).isEqualTo(golden("not-padded.txt"));
  }

  /** A line a method and stage: training sequence, then prompt. */
  private static String sequences(
      ReasoningProblem problem, TextTokenizer tokenizer, int cThought, int maxLatentStage) {
    StringBuilder lines = new StringBuilder();
    for (Method method : Method.values()) {
      SequenceBuilder builder = builder(method, tokenizer, cThought, maxLatentStage, true);
      int stages = method.isStaged() ? maxLatentStage + 2 : 1;
      for (int stage = 0; stage < stages; stage++) {
        lines.append(method.key()).append(" stage ").append(stage).append('\n');
        append(lines, builder, problem, stage, tokenizer);
      }
    }
    lines.append("coconut without curriculum, first epoch\n");
    SequenceBuilder builder = builder(Method.COCONUT, tokenizer, cThought, maxLatentStage, true);
    append(lines, builder, problem, firstStageWithoutCurriculum(maxLatentStage), tokenizer);
    return lines.toString();
  }

  private static SequenceBuilder builder(
      Method method,
      TextTokenizer tokenizer,
      int cThought,
      int maxLatentStage,
      boolean padLatentToMax) {
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(method)
            .cThought(cThought)
            .maxLatentStage(maxLatentStage)
            .padLatentToMax(padLatentToMax)
            .icotTokensPerStage(3)
            .build();
    return new SequenceBuilder(settings, SpecialTokenIds.of(tokenizer, method));
  }

  private static int firstStageWithoutCurriculum(int maxLatentStage) {
    TrainingConfig config =
        TrainingConfig.builder()
            .method(Method.COCONUT)
            .curriculum(false)
            .maxLatentStage(maxLatentStage)
            .trainPath("unused.json")
            .build();
    return Curriculum.of(config).stage(0, 0);
  }

  private static void append(
      StringBuilder lines,
      SequenceBuilder builder,
      ReasoningProblem problem,
      int stage,
      TextTokenizer tokenizer) {
    EncodedProblem encoded =
        ProblemEncoder.builder()
            .tokenizer(tokenizer)
            .eos(builder.getTokens().getEos())
            .targets(FrontierTargets.FRONTIER)
            .build()
            .encode(problem);
    int thoughts = builder.getSettings().promptThoughts(stage, encoded.getSteps().size());
    lines
        .append("  train  ")
        .append(shown(builder.training(encoded, stage), tokenizer))
        .append("\n  prompt ")
        .append(shown(builder.prompt(encoded.getQuestion(), thoughts), tokenizer))
        .append('\n');
    appendSupervision(lines, builder.training(encoded, stage), tokenizer);
  }

  /** The teacher, with the compared positions after a bar; steps and targets of each latent. */
  private static void appendSupervision(
      StringBuilder lines, TokenSequence sequence, TextTokenizer tokenizer) {
    SequenceSupervision supervision = sequence.getSupervision();
    if (supervision == null) {
      return;
    }
    if (supervision.getTeacher() != null) {
      TokenSequence teacher = supervision.getTeacher();
      lines.append("  teacher ").append(shown(teacher, tokenizer));
      lines.append(" | ").append(name(teacher, supervision.getTeacherCompared(), tokenizer));
      lines.append(" with ").append(name(sequence, supervision.getCompared(), tokenizer));
      lines.append('\n');
    }
    supervision.getSteps().forEach(step -> append(lines, "step", step, tokenizer));
    supervision.getTargets().forEach(target -> append(lines, "target", target, tokenizer));
  }

  private static String name(TokenSequence sequence, int position, TextTokenizer tokenizer) {
    return position + " " + tokenizer.token(sequence.getTokens()[position]).strip();
  }

  private static void append(
      StringBuilder lines, String name, int[] tokens, TextTokenizer tokenizer) {
    boolean[] latents = new boolean[tokens.length];
    String shown =
        tokens.length == 0 ? "-" : shown(TokenSequence.prompt(tokens, latents), tokenizer);
    lines.append("  ").append(name).append("   ").append(shown).append('\n');
  }

  private static String shown(TokenSequence sequence, TextTokenizer tokenizer) {
    StringJoiner tokens = new StringJoiner(" ");
    for (int i = 0; i < sequence.length(); i++) {
      int id = sequence.getTokens()[i];
      int label = sequence.getLabels()[i];
      assertThat(label).isIn(id, TokenSequence.IGNORED);
      String text = tokenizer.token(id).strip().replace(' ', '_');
      text = text.isEmpty() ? "\\n" : text;
      if (sequence.getLatents()[i]) {
        tokens.add("{" + text + "}");
      } else {
        tokens.add(label == TokenSequence.IGNORED ? text : "[" + text + "]");
      }
    }
    return tokens.toString();
  }

  private static String golden(String name) throws IOException {
    try (InputStream stream = GoldenSequencesTest.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
