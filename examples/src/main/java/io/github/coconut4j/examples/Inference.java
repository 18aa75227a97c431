package io.github.coconut4j.examples;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.TokenListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Runs inference: a batch of questions, one streamed answer, and sampled answers. */
final class Inference {

  private Inference() {}

  public static void main(String[] args) throws IOException {
    List<String> questions = List.of(args).subList(1, args.length);
    try (CoconutModel model = CoconutModel.open(Path.of(args[0]))) {
      for (Generation answer : model.generate(questions, GenerationOptions.DEFAULT)) {
        System.out.println(answer.getAnswer() + " after " + answer.getTokens() + " tokens");
      }
      stream(model, questions.get(0));
      sample(model, questions.get(0));
    }
  }

  private static void stream(CoconutModel model, String question) {
    TokenListener listener =
        (row, token) -> System.out.print(model.getTokenizer().decode(new int[] {token}));
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(40).build();
    model.generate(List.of(question), options, listener);
    System.out.println();
  }

  private static void sample(CoconutModel model, String question) {
    String[] samples = new String[5];
    Arrays.fill(samples, question);
    GenerationOptions options =
        GenerationOptions.builder().temperature(0.8).topP(0.95).seed(1).maxNewTokens(40).build();
    model
        .generate(List.of(samples), options)
        .forEach(sample -> System.out.println(sample.getOutput().replace('\n', ' ')));
  }
}
