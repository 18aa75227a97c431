package io.github.coconut4j.analyze;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.data.prosqa.ProsQaGenerator;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.prosqa.ProsQaOptions;
import io.github.coconut4j.data.tokenizer.Gpt2Tokenizer;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.Latents;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.ThoughtProjection;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.util.List;

/** Models with random weights, and problems, small enough for a test. */
public final class TinyModels {

  private TinyModels() {}

  /** A model whose concepts are parts of one token. */
  public static CoconutModel phrases(Method method, LatentLoops loops) {
    ProsQaNames names = ProsQaNames.published();
    return model(
        PhraseTokenizer.forProsQa(names.getPeople(), names.getConcepts()), method, loops, true);
  }

  /** The same for Coconut with an output embedding of its own. */
  public static CoconutModel untied() {
    ProsQaNames names = ProsQaNames.published();
    return model(
        PhraseTokenizer.forProsQa(names.getPeople(), names.getConcepts()),
        Method.COCONUT,
        LatentLoops.AUTO,
        false);
  }

  /** A model with GPT-2's vocabulary, whose concepts are several tokens. */
  public static CoconutModel bytePairs(LatentLoops loops) {
    return model(
        Gpt2Tokenizer.create().withSpecialTokens(SpecialTokens.COCONUT),
        Method.COCONUT,
        loops,
        true);
  }

  /** A model of phrases whose latents are refined together. */
  public static CoconutModel parallel(int iterations, LatentLoops loops) {
    CoconutModel sequential = phrases(Method.COCONUT, loops);
    CoconutConfig config =
        sequential.getConfig().toBuilder()
            .latents(Latents.PARALLEL)
            .latentIterations(iterations)
            .build();
    LatentTransformer transformer = sequential.getTransformer();
    return new CoconutModel(
        LatentTransformer.create(
            config.applyTo(transformer.getConfig()), transformer.getWeights(), loops),
        sequential.getTokenizer(),
        config);
  }

  /**
   * A model of phrases whose latents are fed a map; refined together where iterations are above 0.
   */
  public static CoconutModel mapped(ThoughtMapConfig map, int iterations) {
    CoconutModel plain =
        iterations == 0
            ? phrases(Method.COCONUT, LatentLoops.AUTO)
            : parallel(iterations, LatentLoops.AUTO);
    CoconutConfig config = plain.getConfig().withThoughtMap(map);
    LatentTransformer transformer = plain.getTransformer();
    TransformerConfig architecture = config.applyTo(transformer.getConfig());
    Weights weights = ThoughtProjection.initial(architecture, transformer.getWeights(), 5);
    return new CoconutModel(
        LatentTransformer.create(architecture, weights, LatentLoops.AUTO),
        plain.getTokenizer(),
        config);
  }

  /** A model of phrases that was trained with some thoughts for each of two steps. */
  public static CoconutModel withThoughtsPerStep(int thoughts) {
    CoconutModel plain = phrases(Method.COCONUT, LatentLoops.AUTO);
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(Method.COCONUT)
            .cThought(thoughts)
            .maxLatentStage(2)
            .padLatentToMax(true)
            .build();
    return new CoconutModel(
        plain.getTransformer(),
        plain.getTokenizer(),
        CoconutConfig.of(settings, 2, plain.getConfig().getSpecialTokens()));
  }

  /** Problems of a few facts. */
  public static List<ReasoningProblem> problems(int count, long seed) {
    ProsQaOptions options =
        ProsQaOptions.builder().nodes(9).minSteps(2).maxSteps(3).seed(seed).build();
    return new ProsQaGenerator(options).generate(count);
  }

  private static CoconutModel model(
      TextTokenizer tokenizer, Method method, LatentLoops loops, boolean tied) {
    TransformerConfig config =
        TransformerConfig.builder()
            .vocabSize(tokenizer.vocabularySize())
            .nPositions(256)
            .nEmbd(16)
            .nLayer(2)
            .nHead(2)
            .initializerRange(0.4)
            .tieWordEmbeddings(tied)
            .build();
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(method)
            .cThought(1)
            .maxLatentStage(2)
            .padLatentToMax(true)
            .build();
    return new CoconutModel(
        LatentTransformer.create(config, Weights.initial(config, 5), loops),
        tokenizer,
        CoconutConfig.of(settings, 2, SpecialTokenIds.of(tokenizer, method)));
  }
}
