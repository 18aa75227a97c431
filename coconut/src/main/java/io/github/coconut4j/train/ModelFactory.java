package io.github.coconut4j.train;

import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.Precision;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.prosqa.ProsQaNames;
import io.github.coconut4j.data.tokenizer.HuggingFaceTextTokenizer;
import io.github.coconut4j.data.tokenizer.PhraseTokenizer;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.Initialization;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.internal.kernel.KernelThreads;
import io.github.coconut4j.model.latent.LatentTransformer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import lombok.RequiredArgsConstructor;

/** Makes the model that a run starts from: fresh, or out of a model directory. */
@RequiredArgsConstructor
final class ModelFactory {

  private static final Pattern PICKLE = Pattern.compile(".*\\.(pt|pth|bin|ckpt)");

  private final TrainingConfig config;

  /** The names that a fresh tokenizer knows. */
  private final ProsQaNames names;

  CoconutModel create() throws IOException {
    if (config.getPrecision() == Precision.BF16) {
      throw ConfigException.of(
          "precision",
          "float32",
          "bf16",
          "This version computes in float32 alone: set `precision: float32` or `bf16: false`.");
    }
    if (config.getThreads() != null) {
      KernelThreads.setCount(config.getThreads());
    }
    Path start = startDirectory();
    return start == null ? fromScratch() : fromDirectory(start);
  }

  /** {@code load_model_path} wins over {@code model_id}, whose model it was trained from. */
  private Path startDirectory() {
    if (config.getLoadModelPath() != null) {
      return modelDirectory("load_model_path", config.getLoadModelPath());
    }
    return config.isFromScratch() ? null : modelDirectory("model_id", config.getModelId());
  }

  private static Path modelDirectory(String key, String value) {
    if (PICKLE.matcher(value).matches()) {
      throw ConfigException.of(
          key,
          "a model directory with model.safetensors",
          value,
          "PyTorch's own files can run code when they are opened: export the weights to"
              + " safetensors in Python, then use the command convert.");
    }
    Path directory = Path.of(value);
    if (!Files.isDirectory(directory)) {
      throw ConfigException.of(
          key,
          "`scratch` or a model directory",
          value + ", which is no directory",
          "Download the model first, say with: huggingface-cli download " + value);
    }
    return directory;
  }

  private CoconutModel fromScratch() {
    TextTokenizer tokenizer = PhraseTokenizer.forProsQa(names.getPeople(), names.getConcepts());
    int eos = tokenizer.id(SpecialTokens.END_OF_TEXT);
    TransformerConfig architecture =
        TransformerConfig.builder()
            .vocabSize(tokenizer.vocabularySize())
            .nPositions(config.getNPositions())
            .nEmbd(config.getNEmbd())
            .nLayer(config.getNLayer())
            .nHead(config.getNHead())
            .initializerRange(config.getInitializerRange())
            .bosTokenId(eos)
            .eosTokenId(eos)
            .build();
    Weights weights = Weights.initial(architecture, initialization(architecture), config.getSeed());
    return model(architecture, weights, tokenizer);
  }

  private Initialization initialization(TransformerConfig architecture) {
    Initialization.InitializationBuilder builder =
        Initialization.gpt2(architecture).toBuilder()
            .residualScaled(config.isResidualScaled())
            .positions(config.getPositionEmbedding());
    if (config.getEmbeddingRange() != null) {
      builder.embeddingRange(config.getEmbeddingRange());
    }
    return builder.build();
  }

  private CoconutModel fromDirectory(Path directory) throws IOException {
    TransformerConfig architecture = TransformerConfig.read(directory);
    Weights weights = Weights.read(directory, architecture);
    HuggingFaceTextTokenizer tokenizer =
        HuggingFaceTextTokenizer.open(directory).withSpecialTokens(addedTokens());
    if (tokenizer.vocabularySize() <= architecture.getVocabSize()) {
      return model(architecture, weights, tokenizer);
    }
    TransformerConfig larger =
        architecture.toBuilder().vocabSize(tokenizer.vocabularySize()).build();
    return model(larger, new VocabularyExtension(tokenizer).extend(weights, larger), tokenizer);
  }

  private List<String> addedTokens() {
    List<String> tokens = new ArrayList<>();
    if (config.getMethod().markers()) {
      tokens.addAll(SpecialTokens.COCONUT);
    }
    if (config.getMethod().thought() == Method.Thought.PAUSE) {
      tokens.add(SpecialTokens.PAUSE);
    }
    return tokens;
  }

  private CoconutModel model(
      TransformerConfig architecture, Weights weights, TextTokenizer tokenizer) {
    ThoughtSettings settings =
        ThoughtSettings.builder()
            .method(config.getMethod())
            .cThought(config.getCThought())
            .maxLatentStage(config.getMaxLatentStage())
            .padLatentToMax(config.isPadLatentToMax())
            .icotTokensPerStage(config.getIcotTokensPerEpoch())
            .build();
    SpecialTokenIds tokens = SpecialTokenIds.of(tokenizer, config.getMethod());
    return new CoconutModel(
        LatentTransformer.create(architecture, weights, config.getLoop()),
        tokenizer,
        CoconutConfig.of(settings, 0, tokens));
  }
}
