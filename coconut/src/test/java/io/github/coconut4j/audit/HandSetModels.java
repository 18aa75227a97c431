package io.github.coconut4j.audit;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ProblemJson;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Models of one layer and one head whose weights are written down, and problems whose answer is the
 * option named first, so that it is known what thoughts do in them.
 *
 * <p>A position's embedding has a dimension for its token, and hidden states have one for each
 * concept that attention carries. A dimension marks the position of the first option, another that
 * of the first thought; attention reads only one of them. The output knows what follows which
 * token, and takes the concept of an answer from what is carried.
 */
final class HandSetModels {

  /** What attention looks at. */
  enum Attends {
    /** At the first thought where there is one, so that an answer is copied from it. */
    FIRST_THOUGHT,
    /** At the first option, past all thoughts. */
    FIRST_OPTION,
    /** Everywhere alike, which tells no option from the other. */
    EVERYWHERE
  }

  static final List<String> CONCEPTS =
      List.of("ax", "bo", "cu", "do", "el", "fi", "go", "hu", "ik", "jo");

  static final int THOUGHTS = 2;

  private static final int FIRST_OPTION = 10;
  private static final int FIRST_THOUGHT = 16;
  private static final int POSITIONS = 48;

  /** A mark beside a thought, whose values are larger than an embedding's. */
  private static final double MARK = 5;

  private static final double ATTENTION = 60;

  private HandSetModels() {}

  /** Problems of two steps and as many tokens each. */
  static List<ReasoningProblem> problems(int count) {
    Random random = new Random(7);
    List<ReasoningProblem> problems = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<String> names = new ArrayList<>(CONCEPTS);
      Collections.shuffle(names, random);
      String question =
          String.format(
              "Bob is a %s. Bob is a %s. Every %s is a %s. Every %s is a %s. Is Bob a %s or %s?",
              names.get(0),
              names.get(1),
              names.get(0),
              names.get(2),
              names.get(3),
              names.get(4),
              names.get(2),
              names.get(4));
      problems.add(
          ReasoningProblem.builder()
              .question(question)
              .steps(
                  List.of(
                      "Bob is a " + names.get(0) + ".",
                      "Every " + names.get(0) + " is a " + names.get(2) + "."))
              .answer("Bob is a " + names.get(2) + ".")
              .build());
    }
    return problems;
  }

  static Path problemFile(Path directory, int count) throws IOException {
    Path file = directory.resolve("problems.json");
    ProblemJson.write(file, problems(count));
    return file;
  }

  /** Writes a run's directory with a model, and gives the model's. */
  static Path write(Path run, Method method, Attends attends) throws IOException {
    return write(run, method, attends, config -> config);
  }

  static Path write(Path run, Method method, Attends attends, UnaryOperator<TrainingConfig> change)
      throws IOException {
    Path directory = describe(run, method, change);
    TrainingConfig config = ConfigFile.read(run.resolve("config.yaml")).toTrainingConfig();
    try (CoconutModel model = model(config, attends)) {
      model.save(directory);
    }
    return directory;
  }

  /** The same without weights: what is read before a model is opened. */
  static Path describe(Path run, Method method, UnaryOperator<TrainingConfig> change)
      throws IOException {
    TrainingConfig config =
        change.apply(
            TrainingConfig.builder()
                .method(method)
                .name(run.getFileName().toString())
                .trainPath("train.json")
                .maxLatentStage(THOUGHTS)
                .nPositions(POSITIONS)
                .build());
    Path directory = Files.createDirectories(run.resolve("model"));
    description(config, tokenizer()).write(directory);
    ConfigFile.write(config, run.resolve("config.yaml"));
    return directory;
  }

  private static TextTokenizer tokenizer() {
    return PhraseTokenizer.forProsQa(List.of("Bob"), CONCEPTS);
  }

  private static CoconutConfig description(TrainingConfig config, TextTokenizer tokenizer) {
    return CoconutConfig.of(
        config.thoughtSettings(),
        config.getMaxLatentStage(),
        SpecialTokenIds.of(tokenizer, config.getMethod()));
  }

  private static CoconutModel model(TrainingConfig config, Attends attends) {
    TextTokenizer tokenizer = tokenizer();
    int vocabulary = tokenizer.vocabularySize();
    TransformerConfig sizes =
        TransformerConfig.builder()
            .vocabSize(vocabulary)
            .nPositions(POSITIONS)
            .nEmbd(vocabulary + CONCEPTS.size() + 2)
            .nLayer(1)
            .nHead(1)
            .tieWordEmbeddings(false)
            .build();
    Weights weights = Weights.initial(sizes, 1);
    new Weighted(tokenizer, weights, vocabulary).set(attends);
    return new CoconutModel(
        LatentTransformer.create(sizes, weights, LatentLoops.AUTO),
        tokenizer,
        description(config, tokenizer));
  }

  /** The weights of one model. Dimensions: tokens, concepts, two marks. */
  private static final class Weighted {

    private final TextTokenizer tokenizer;
    private final Weights weights;
    private final int vocabulary;
    private final int optionMark;
    private final int thoughtMark;

    Weighted(TextTokenizer tokenizer, Weights weights, int vocabulary) {
      this.tokenizer = tokenizer;
      this.weights = weights;
      this.vocabulary = vocabulary;
      optionMark = vocabulary + CONCEPTS.size();
      thoughtMark = optionMark + 1;
    }

    private INDArray zero(String name) {
      return weights.get("transformer." + name).assign(0);
    }

    void set(Attends attends) {
      INDArray tokens = zero("wte.weight");
      for (int token = 0; token < vocabulary; token++) {
        tokens.putScalar(token, token, 1);
      }
      INDArray positions = zero("wpe.weight");
      if (attends != Attends.EVERYWHERE) {
        positions.putScalar(FIRST_OPTION, optionMark, 1);
        positions.putScalar(FIRST_THOUGHT, thoughtMark, MARK);
      }
      for (String name : List.of("mlp.c_fc", "mlp.c_proj", "attn.c_proj", "attn.c_attn")) {
        zero("h.0." + name + ".weight");
        zero("h.0." + name + ".bias");
      }
      setAttention(attends);
      setOutput();
    }

    private void setAttention(Attends attends) {
      int width = thoughtMark + 1;
      INDArray attention = weights.get("transformer.h.0.attn.c_attn.weight");
      weights.get("transformer.h.0.attn.c_attn.bias").putScalar(0, ATTENTION);
      if (attends != Attends.EVERYWHERE) {
        attention.putScalar(optionMark, width, 1);
      }
      if (attends == Attends.FIRST_THOUGHT) {
        attention.putScalar(thoughtMark, width, ATTENTION);
      }
      INDArray projection = weights.get("transformer.h.0.attn.c_proj.weight");
      for (int concept = 0; concept < CONCEPTS.size(); concept++) {
        int carried = vocabulary + concept;
        attention.putScalar(id(" " + CONCEPTS.get(concept)), 2 * width + carried, 1);
        attention.putScalar(carried, 2 * width + carried, 1);
        projection.putScalar(carried, carried, 0.2);
      }
    }

    private void setOutput() {
      INDArray output = weights.outputTable();
      output.assign(0);
      follow(output, "### ", tokenizer.id(SpecialTokens.END_LATENT), id("\n"));
      follow(output, "Bob", id("### "));
      for (int concept = 0; concept < CONCEPTS.size(); concept++) {
        String answer = " is a " + CONCEPTS.get(concept) + ".";
        follow(output, answer, id("Bob"));
        output.putScalar(id(answer), vocabulary + concept, 2);
        output.putScalar(tokenizer.id(SpecialTokens.END_OF_TEXT), id(answer), 10);
      }
    }

    private void follow(INDArray output, String text, int... before) {
      for (int token : before) {
        output.putScalar(id(text), token, 10);
      }
    }

    private int id(String token) {
      return tokenizer.id(token);
    }
  }
}
