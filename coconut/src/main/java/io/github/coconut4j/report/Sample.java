package io.github.coconut4j.report;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.batch.TokenSequence;
import io.github.coconut4j.evaluate.ScoredGeneration;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.method.EncodedProblem;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.report.SampleToken.Kind;
import java.util.ArrayList;
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
    Kind kind = Kind.CHAIN;
    for (int id : scored.getGeneration().getTokenIds()) {
      String text = model.getTokenizer().display(id);
      kind = text.contains("#") ? Kind.ANSWER : kind;
      tokens.add(new SampleToken(text, kind));
    }
    return builder()
        .expected(scored.getProblem().getAnswer())
        .correct(scored.isCorrect())
        .tokens(List.copyOf(tokens))
        .build();
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
