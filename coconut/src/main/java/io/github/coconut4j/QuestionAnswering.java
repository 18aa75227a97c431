package io.github.coconut4j;

import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Generator;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.generate.HaltingGenerator;
import io.github.coconut4j.generate.TokenListener;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.model.internal.Arguments;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import lombok.RequiredArgsConstructor;

/**
 * Answers a batch of questions, each after a number of thoughts, or as soon as the model is
 * confident.
 */
@RequiredArgsConstructor
final class QuestionAnswering {

  private final CoconutModel model;
  private final HaltRule rule;

  /**
   * Answers with a model's rule, or that of the options.
   *
   * @throws IllegalArgumentException if the options are null, or the model cannot follow them
   */
  static QuestionAnswering of(CoconutModel model, GenerationOptions options) {
    Arguments.requireNonNull(options, "options", "Take GenerationOptions.DEFAULT.");
    return new QuestionAnswering(
        model, HaltRule.of(model.getConfig(), model.getHaltHead(), options));
  }

  /** Answers in the questions' order, each after the options' number of thoughts or the model's. */
  List<Generation> answer(
      List<String> questions, GenerationOptions options, TokenListener listener) {
    Arguments.requireNonNull(questions, "questions", "Ask at least one.");
    int latents =
        options.getLatents() == null ? model.getConfig().getDefaultLatents() : options.getLatents();
    int[] thoughts = IntStream.generate(() -> latents).limit(questions.size()).toArray();
    return answer(questions, thoughts, options, listener);
  }

  /**
   * Answers in the questions' order.
   *
   * @param thoughts number of thoughts of each question; the maximum if the rule may halt earlier
   * @throws IllegalArgumentException if a number is missing or does not fit, or a question is too
   *     long or not in the vocabulary
   */
  List<Generation> answer(
      List<String> questions, int[] thoughts, GenerationOptions options, TokenListener listener) {
    requireOneEach(questions, thoughts);
    Arguments.requireNonNull(listener, "listener", "Take TokenListener.NONE.");
    requireThoughts(model, IntStream.of(thoughts).map(model.sequences()::thoughts).toArray());
    return rule.halt() == Halt.FIXED
        ? fixed(questions, thoughts, options, listener)
        : halted(questions, thoughts, options, listener);
  }

  private static void requireOneEach(List<String> questions, int[] thoughts) {
    Arguments.requireNonNull(questions, "questions", "Ask at least one.");
    Arguments.requireNonNull(thoughts, "thoughts", "Give a number of thoughts for each question.");
    if (thoughts.length != questions.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Each of %d questions needs its number of thoughts but %d are given. Give one for each.",
              questions.size(),
              thoughts.length));
    }
  }

  /** Rejects numbers of thoughts that do not fit, before such a long prompt is built. */
  static void requireThoughts(CoconutModel model, int[] thoughts) {
    int positions = model.getTransformer().getConfig().longestSequence();
    for (int number : thoughts) {
      if (number < 0 || number >= positions) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "The number of thoughts needs to be at least 0 and to fit the model's %s together"
                    + " with the question, but is %d. Ask for fewer thoughts.",
                model.getTransformer().getConfig().sequenceBound(),
                number));
      }
    }
  }

  private List<Generation> fixed(
      List<String> questions, int[] thoughts, GenerationOptions options, TokenListener listener) {
    List<TokenSequence> prompts = prompts(questions, thoughts);
    List<int[]> written =
        new Generator(model.getTransformer(), options, listener, model.endOfSequence())
            .generate(prompts);
    return IntStream.range(0, questions.size())
        .mapToObj(
            i ->
                model.generation(
                    questions.get(i), model.sequences().thoughts(thoughts[i]), written.get(i)))
        .toList();
  }

  private List<Generation> halted(
      List<String> questions, int[] most, GenerationOptions options, TokenListener listener) {
    HaltingGenerator generator =
        new HaltingGenerator(
            model.getTransformer(),
            options,
            model.getConfig().getSpecialTokens().getEndLatent(),
            rule.head(),
            rule.threshold(),
            listener,
            model.endOfSequence());
    List<HaltingGenerator.Halted> written = generator.generate(openings(questions), most);
    return IntStream.range(0, questions.size())
        .mapToObj(
            i ->
                model.generation(
                    questions.get(i), written.get(i).thoughts(), written.get(i).tokens()))
        .toList();
  }

  /**
   * The indices of the questions that are answered in one batch, for each batch.
   *
   * @param thoughts as for {@link #answer}
   */
  List<int[]> batches(List<String> questions, int[] thoughts, int batchSize) {
    requireOneEach(questions, thoughts);
    return rule.halt() == Halt.FIXED
        ? Generator.batchesByLength(lengths(prompts(questions, thoughts)), batchSize)
        : HaltingGenerator.batches(lengths(openings(questions)), thoughts, batchSize);
  }

  private static int[] lengths(List<TokenSequence> prompts) {
    return prompts.stream().mapToInt(TokenSequence::length).toArray();
  }

  private List<TokenSequence> prompts(List<String> questions, int[] thoughts) {
    return IntStream.range(0, questions.size())
        .mapToObj(i -> model.sequences().prompt(encoded(questions.get(i)), thoughts[i]))
        .toList();
  }

  private List<TokenSequence> openings(List<String> questions) {
    return questions.stream()
        .map(question -> model.sequences().opening(encoded(question)))
        .toList();
  }

  private int[] encoded(String question) {
    return EncodedProblem.question(question, model.getTokenizer());
  }
}
