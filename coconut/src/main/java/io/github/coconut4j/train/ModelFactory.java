package io.github.coconut4j.train;

import io.github.coconut4j.AdaptedBase;
import io.github.coconut4j.AdapterDirectory;
import io.github.coconut4j.CoconutConfig;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.ConfigException;
import io.github.coconut4j.config.ConfigFile;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.tokenizer.SpecialTokens;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.files.PickleFile;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.model.BaseDirectory;
import io.github.coconut4j.model.GenerationConfig;
import io.github.coconut4j.model.Initialization;
import io.github.coconut4j.model.LoraAdapter;
import io.github.coconut4j.model.ParameterLayout;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.Weights;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.backend.Devices;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.internal.OpenedResources;
import io.github.coconut4j.model.latent.LatentTransformer;
import io.github.coconut4j.model.memory.NativeMemory;
import io.github.coconut4j.problems.ProblemSplits;
import io.github.coconut4j.vocabulary.ExtendedModel;
import io.github.coconut4j.vocabulary.NewWords;
import io.github.coconut4j.vocabulary.ScratchTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import lombok.RequiredArgsConstructor;
import lombok.extern.slf4j.Slf4j;

/** Makes the model that a run starts from: from scratch, or from a model directory. */
@Slf4j
@RequiredArgsConstructor
final class ModelFactory {

  /** A model's name on Hugging Face's hub, for example {@code meta-llama/Llama-3.2-1B}. */
  private static final Pattern HUB_NAME = Pattern.compile("[\\w.-]+/[\\w.-]+");

  private final TrainingConfig config;

  /** Source of the vocabulary of a new tokenizer. */
  private final ProblemSplits problems;

  /** Receives the weights, and the tokenizer of a start model. */
  private final OpenedResources opened;

  CoconutModel create() throws IOException {
    if (config.getThreads() != null) {
      CpuThreads.setCount(config.getThreads());
    }
    Devices.choose(config.getDevice());
    ScratchKeys.warnOfIgnored(config);
    Path start = startDirectory();
    return start == null ? fromScratch() : fromDirectory(start);
  }

  /**
   * {@code load_model_path} takes precedence over {@code model_id}, whose model it was trained
   * from.
   */
  private Path startDirectory() throws IOException {
    if (config.getLoadModelPath() != null) {
      return modelDirectory("load_model_path", config.getLoadModelPath());
    }
    return config.isFromScratch() ? null : modelDirectory("model_id", config.getModelId());
  }

  /**
   * The directories that a run reads its start model from, whether or not they exist: also the base
   * that an adapter names.
   */
  static List<Path> startDirectories(TrainingConfig config) throws IOException {
    List<Path> starts = new ArrayList<>();
    if (config.getLoadModelPath() != null) {
      starts.add(Path.of(config.getLoadModelPath()));
    }
    if (!config.isFromScratch()) {
      starts.add(Path.of(config.getModelId()));
    }
    for (Path start : List.copyOf(starts)) {
      String base = AdapterDirectory.is(start) ? LoraAdapter.baseName(start) : null;
      if (base != null) {
        starts.add(Path.of(base));
      }
    }
    return starts;
  }

  static Path modelDirectory(String key, String value) throws IOException {
    if (PickleFile.is(value)) {
      throw ConfigException.of(
          key,
          "a model directory with model.safetensors",
          value,
          "PyTorch's own files can run code when they are opened: export the weights to"
              + " safetensors in Python (docs/Troubleshooting.md), then use the command convert.");
    }
    Path directory = Path.of(value);
    if (!Presence.isDirectory(directory)) {
      throw ConfigException.of(
          key,
          "`scratch` or a model directory",
          value + ", which is no directory",
          remedy(key, directory));
    }
    return directory;
  }

  private static String remedy(String key, Path value) {
    if (ConfigFile.isPlaceholder(value.toString())) {
      return "Put a path in the placeholder's place: --set " + key + "=DIR.";
    }
    if (Files.exists(value)) {
      return "Make a model directory of the checkpoint with the command convert.";
    }
    if (key.equals("load_model_path")) {
      return "Check the path, or train that model first.";
    }
    return HUB_NAME.matcher(value.toString()).matches()
        ? "Download the model first, `hf download %s --local-dir DIR`, and give its directory: --set model_id=DIR."
            .formatted(value)
        : "Download the model first, GPT-2 say with:"
            + " hf download openai-community/gpt2 --local-dir "
            + value;
  }

  private CoconutModel fromScratch() {
    TextTokenizer tokenizer = ScratchTokenizer.of(problems, config.thoughtSettings().getAnswers());
    int eos = tokenizer.id(SpecialTokens.END_OF_TEXT);
    TransformerConfig architecture =
        config.scratchArchitecture(tokenizer.vocabularySize()).toBuilder()
            .bosTokenId(eos)
            .eosTokenId(eos)
            .padTokenId(eos)
            .build();
    requireRoom(architecture);
    Weights weights =
        Weights.initial(architecture, initialization(config, architecture), config.getSeed());
    opened.addAll(weights.asMap().values());
    MappedModel mapped = MappedModel.fresh(config, architecture, weights);
    return model(mapped, tokenizer, GenerationConfig.of(architecture), 0);
  }

  /**
   * The frozen parameters are known only after listing all layers, of which there may be far too
   * many.
   */
  private void requireRoom(TransformerConfig architecture) {
    boolean trainsAll = config.getFrozen() == null || config.getFrozen().isEmpty();
    double trained = trainsAll ? ParameterLayout.valueCount(architecture) : 0;
    new MemoryForecast(config, architecture, trained).requireRoom(0, 0, NativeMemory.limit());
  }

  /** The initialization of a new model's parameters. */
  static Initialization initialization(TrainingConfig config, TransformerConfig architecture) {
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
    if (AdapterDirectory.is(directory)) {
      return fromAdapter(directory);
    }
    TransformerConfig known = TransformerConfig.read(directory);
    int stage = CoconutConfig.find(directory, known).map(CoconutConfig::getStage).orElse(0);
    ExtendedModel start = extended(directory, known);
    logDropout(directory, start.getArchitecture());
    MappedModel mapped =
        MappedModel.of(config, directory, start.getArchitecture(), start.getWeights());
    if (config.getLora() == null) {
      return model(mapped, start.getTokenizer(), start.getGenerationConfig(), stage);
    }
    LoraAdapter adapter = new RunAdapter(config).fresh(start, mapped);
    return adapted(adapter, start, mapped, base(directory), stage);
  }

  private ExtendedModel extended(Path directory, TransformerConfig known) throws IOException {
    ExtendedModel start =
        opened(ExtendedModel.read(directory, known, config.getMethod(), bfloat16(known)));
    return config.isExtendVocabulary()
        ? opened(NewWords.of(problems, config).addTo(start, directory))
        : start;
  }

  private ExtendedModel opened(ExtendedModel start) {
    opened.addAll(start.getWeights().asMap().values());
    opened.add(start.getTokenizer());
    return start;
  }

  /** Continues with an adapter. */
  private CoconutModel fromAdapter(Path directory) throws IOException {
    if (config.isExtendVocabulary()) {
      throw ConfigException.of(
          "extend_vocabulary",
          "a run that trains the token table",
          "true with the adapter " + directory,
          "Remove it, or merge the adapter into its base first, with the command convert.");
    }
    BaseDirectory base = base(RunAdapter.base(config, directory));
    TransformerConfig known = TransformerConfig.read(base.path());
    ExtendedModel start =
        opened(
            ExtendedModel.read(
                base.path(),
                known,
                config.getMethod(),
                name -> config.getWeights() == Precision.BF16));
    logDropout(base.path(), start.getArchitecture());
    boolean isDescribed = Presence.exists(directory.resolve(CoconutConfig.FILE));
    CoconutConfig described = isDescribed ? CoconutConfig.read(directory) : null;
    RunAdapter continued = new RunAdapter(config);
    if (described != null) {
      continued.requireTokens(directory, described, start.getTokenizer());
    }
    MappedModel mapped =
        MappedModel.of(config, directory, start.getArchitecture(), start.getWeights());
    LoraAdapter adapter = continued.continued(directory, base, start, mapped);
    return adapted(adapter, start, mapped, base, described == null ? 0 : described.getStage());
  }

  /** The files may change while the run trains, so their checksum is computed now. */
  private static BaseDirectory base(Path directory) throws IOException {
    BaseDirectory base = new BaseDirectory(directory.toAbsolutePath().normalize());
    base.weightsSum();
    return base;
  }

  private CoconutModel adapted(
      LoraAdapter adapter, ExtendedModel start, MappedModel mapped, BaseDirectory base, int stage) {
    CoconutConfig described =
        described(mapped, start.getTokenizer(), start.getGenerationConfig(), stage);
    AdaptedBase adapted =
        new AdaptedBase(
            adapter,
            trained(described, mapped.getArchitecture()),
            TrainedParameters.withFrozen(config, mapped),
            base);
    return new CoconutModel(
        adapted.transformer(config.getLoop(), config.getPrecision(), Precision.FLOAT32),
        start.getTokenizer(),
        described,
        start.getGenerationConfig(),
        adapted);
  }

  /** Selects the weights that are stored in bfloat16: those that are not trained, if configured. */
  private Predicate<String> bfloat16(TransformerConfig architecture) {
    if (config.getWeights() != Precision.BF16) {
      return name -> false;
    }
    if (config.getLora() != null || config.isOnlyEval()) {
      return name -> true;
    }
    Set<String> trained = Set.copyOf(TrainedParameters.of(config, architecture));
    return name -> !trained.contains(name);
  }

  /** Logs dropout rates that come from the model's file and not from the configuration. */
  private void logDropout(Path directory, TransformerConfig architecture) {
    DropoutRates rates = config.dropoutRates(architecture);
    if (config.getDropout() == null && !config.isOnlyEval() && !rates.isNone()) {
      log.info(
          "Training with the dropout of {}: {} of attention, {} of embeddings, {} before residual"
              + " sums. Set `dropout: 0` to train without.",
          directory.resolve(TransformerConfig.FILE),
          rates.attention(),
          rates.embedding(),
          rates.residual());
    }
  }

  private CoconutModel model(
      MappedModel mapped, TextTokenizer tokenizer, GenerationConfig generation, int stage) {
    TransformerConfig architecture = mapped.getArchitecture();
    CoconutConfig described = described(mapped, tokenizer, generation, stage);
    Weights chosen = mapped.getWeights().withTrained(trained(architecture));
    return new CoconutModel(
        LatentTransformer.create(
            trained(described, architecture),
            config.getWeights() == Precision.BF16 ? chosen.frozenInBfloat16() : chosen,
            config.getLoop(),
            config.getPrecision()),
        tokenizer,
        described,
        generation);
  }

  /** The architecture with the settings that only training needs. */
  private TransformerConfig trained(CoconutConfig described, TransformerConfig architecture) {
    return described.applyTo(architecture).toBuilder()
        .latentBackprop(config.getLatentBackprop())
        .build();
  }

  /**
   * An evaluation without training has no trained parameters, so all weights may be in bfloat16.
   */
  private List<String> trained(TransformerConfig architecture) {
    List<String> trained = TrainedParameters.of(config, architecture);
    return config.isOnlyEval() && config.getWeights() == Precision.BF16 ? List.of() : trained;
  }

  /** A stop signal is learned after everything else; until then the number of thoughts is fixed. */
  private static Halt whileTraining(Halt halt) {
    return halt == Halt.LEARNED ? Halt.FIXED : halt;
  }

  private CoconutConfig described(
      MappedModel mapped, TextTokenizer tokenizer, GenerationConfig generation, int stage) {
    SpecialTokenIds tokens =
        SpecialTokenIds.of(tokenizer, config.getMethod(), generation.eosTokenIds());
    return CoconutConfig.of(config.thoughtSettings(), stage, tokens)
        .withThoughtMap(mapped.getArchitecture().getThoughtMap())
        .withHalt(whileTraining(config.getHalt()), config.getHaltThreshold());
  }
}
