package io.github.coconut4j.report;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.evaluate.ScoredGeneration;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.report.SampleToken.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/** One problem with the model's thoughts and output, token by token. */
@Value
@Builder
@Jacksonized
public class Sample {

  /** Answer of the problem. */
  String expected;

  /** Whether the model's answer equals it. */
  boolean correct;

  /** Tokens of question, thoughts and output. */
  List<SampleToken> tokens;

  /** Makes the sample of a model's output for a problem. */
  static Sample of(CoconutModel model, ScoredGeneration scored) {
    List<SampleToken> tokens = new ArrayList<>();
    addPrompt(tokens, model, scored.getGeneration());
    int[] ids = scored.getGeneration().getTokenIds();
    int chain = chainTokens(model, scored.getGeneration());
    for (int i = 0; i < ids.length; i++) {
      Kind kind = i < chain ? Kind.CHAIN : Kind.ANSWER;
      tokens.add(new SampleToken(model.getTokenizer().display(ids[i]), kind));
    }
    return builder()
        .expected(scored.getProblem().getAnswer())
        .correct(scored.isCorrect())
        .tokens(List.copyOf(tokens))
        .build();
  }

  /** Number of generated tokens before the one in which the answer's first mark begins. */
  private static int chainTokens(CoconutModel model, Generation generation) {
    int[] ids = generation.getTokenIds();
    AnswerFormat answers = model.getConfig().thoughtSettings().getAnswers();
    int start = answers.start(generation.getOutput());
    int count = 0;
    while (count < ids.length
        && (start < 0 || decodedLength(model, Arrays.copyOf(ids, count + 1)) <= start)) {
      count++;
    }
    return count;
  }

  private static int decodedLength(CoconutModel model, int[] ids) {
    return model.getTokenizer().decode(ids).length();
  }

  /** Whether everything that a report shows is present. */
  boolean isComplete() {
    return expected != null
        && tokens != null
        && tokens.stream().allMatch(one -> one != null && one.text() != null && one.kind() != null);
  }

  private static void addPrompt(
      List<SampleToken> tokens, CoconutModel model, Generation generation) {
    TokenSequence prompt =
        model
            .sequences()
            .prompt(
                EncodedProblem.question(generation.getQuestion(), model.getTokenizer()),
                generation.getLatents());
    SpecialTokenIds special = model.getConfig().getSpecialTokens();
    for (int id : prompt.getTokens()) {
      tokens.add(new SampleToken(model.getTokenizer().display(id), promptKind(special, id)));
    }
  }

  private static Kind promptKind(SpecialTokenIds special, int id) {
    if (Objects.equals(special.getLatent(), id)) {
      return Kind.LATENT;
    }
    if (Objects.equals(special.getPause(), id)) {
      return Kind.PAUSE;
    }
    return special.contains(id) ? Kind.MARKER : Kind.QUESTION;
  }
}
