package io.github.coconut4j;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.databind.EnumNamingStrategies;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.files.AtomicFile;
import io.github.coconut4j.files.LfsPointer;
import io.github.coconut4j.files.Presence;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.method.Latents;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SimcotOn;
import io.github.coconut4j.method.SpecialTokenIds;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.GenerationConfig;
import io.github.coconut4j.model.ModelFormatException;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.internal.Arguments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import lombok.Builder;
import lombok.Value;
import lombok.extern.jackson.Jacksonized;

/**
 * The settings of a model that Hugging Face's files have no place for: {@code coconut.json} in its
 * directory.
 */
@Value
@Builder(toBuilder = true)
@Jacksonized
@JsonNaming(SnakeCaseStrategy.class)
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
@JsonIgnoreProperties(ignoreUnknown = true)
public class CoconutConfig {

  /** Name of the file in a model directory. */
  public static final String FILE = "coconut.json";

  static final int VERSION = 1;

  /** Largest stage number; all stages after the last one of the curriculum are equivalent. */
  static final int MOST_STAGES = 1_000_000_000;

  private static final ObjectMapper JSON =
      JsonMapper.builder().enumNamingStrategy(EnumNamingStrategies.SNAKE_CASE).build();

  /** Version of this file's format. */
  @Builder.Default int version = VERSION;

  /** How the model was trained. */
  Method method;

  /** The method that {@code simcot} was added to; null for other methods. */
  SimcotOn simcotOn;

  /** Number of thoughts that replaced one reasoning step, at least 0. */
  int cThought;

  /** Largest number of steps that thoughts replaced, at least 0. */
  int maxLatentStage;

  /** Whether problems with few steps were padded to the largest number of thoughts. */
  boolean padLatentToMax;

  /** Number of tokens removed from the start of the chain from one stage to the next (iCoT). */
  @Builder.Default int icotTokensPerEpoch = 8;

  /** In which order latents receive hidden states. */
  @Builder.Default Latents latents = Latents.SEQUENTIAL;

  /**
   * How often latents are refined in parallel, at least 1; null if they are computed one after
   * another.
   */
  Integer latentIterations;

  /** Stage reached in training, from 0. */
  int stage;

  /** Number of thoughts in a prompt unless another is requested. */
  int defaultLatents;

  /** Map from hidden states to the inputs of latents. */
  @Builder.Default ThoughtMapConfig.Kind thoughtMap = ThoughtMapConfig.Kind.IDENTITY;

  /** Width of a projection of thoughts; null for other maps. */
  @JsonInclude(Include.NON_NULL)
  Integer projectionWidth;

  /** Euclidean norm that thoughts are scaled to; null for other maps. */
  @JsonInclude(Include.NON_NULL)
  Double thoughtScale;

  /** Text before the answer; null for the published {@code ### }. */
  @JsonInclude(Include.NON_NULL)
  String answerPrefix;

  /** Rule that ends the thoughts; null for {@link Halt#FIXED}. */
  @JsonInclude(Include.NON_NULL)
  Halt halt;

  /**
   * Probability from which {@link #halt} ends the thoughts; null for the stop signal's own, or
   * 0.99.
   */
  @JsonInclude(Include.NON_NULL)
  Double haltThreshold;

  /** Ids of the tokens that are not text. */
  SpecialTokenIds specialTokens;

  /** Describes a model trained with a method. */
  public static CoconutConfig of(ThoughtSettings settings, int stage, SpecialTokenIds tokens) {
    Arguments.requireNonNull(settings, "settings", "Build ThoughtSettings.");
    int iterations = settings.getLatentIterations();
    return builder()
        .method(settings.getMethod())
        .simcotOn(settings.getMethod() == Method.SIMCOT ? settings.getSimcotOn() : null)
        .cThought(settings.getCThought())
        .maxLatentStage(settings.getMaxLatentStage())
        .padLatentToMax(settings.isPadLatentToMax())
        .icotTokensPerEpoch(settings.getIcotTokensPerStage())
        .latents(iterations == 0 ? Latents.SEQUENTIAL : Latents.PARALLEL)
        .latentIterations(iterations == 0 ? null : iterations)
        .answerPrefix(
            settings.getAnswers().equals(AnswerFormat.PUBLISHED)
                ? null
                : settings.getAnswers().getPrefix())
        .stage(Math.min(stage, MOST_STAGES))
        .defaultLatents(settings.promptThoughts(stage, settings.getMaxLatentStage()))
        .specialTokens(tokens)
        .build();
  }

  /** Describes a language model without latent thoughts, which writes its chain in words. */
  static CoconutConfig ofPlainModel(TextTokenizer tokenizer, GenerationConfig generation) {
    ThoughtSettings settings = ThoughtSettings.builder().method(Method.COT).build();
    return of(settings, 0, SpecialTokenIds.of(tokenizer, Method.COT, generation.eosTokenIds()));
  }

  /**
   * Reads {@code coconut.json}.
   *
   * @throws ModelFormatException if it is not JSON of this format, or a value is missing, of
   *     another type or out of its range
   */
  public static CoconutConfig read(Path modelDirectory) throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", "Name the model's directory.");
    Path file = modelDirectory.resolve(FILE);
    LfsPointer.refuse(file, ModelFormatException::new);
    return CoconutConfigReader.read(file);
  }

  /**
   * Reads {@code coconut.json} if there is one.
   *
   * @param architecture the model that it describes
   * @throws ModelFormatException as {@link #read} does, or if ids or thoughts do not fit the model
   */
  public static Optional<CoconutConfig> find(Path modelDirectory, TransformerConfig architecture)
      throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", "Name the model's directory.");
    Path file = modelDirectory.resolve(FILE);
    if (!Presence.exists(file)) {
      return Optional.empty();
    }
    CoconutConfig config = read(modelDirectory);
    new CoconutConfigCheck(config, file).requireFit(architecture);
    return Optional.of(config);
  }

  /** Writes {@code coconut.json}. */
  public void write(Path modelDirectory) throws IOException {
    Arguments.requireNonNull(modelDirectory, "modelDirectory", "Name the model's directory.");
    AtomicFile.write(
        modelDirectory.resolve(FILE),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
  }

  /** The settings for building sequences. */
  public ThoughtSettings thoughtSettings() {
    return ThoughtSettings.builder()
        .method(method)
        .simcotOn(simcotOn)
        .cThought(cThought)
        .maxLatentStage(maxLatentStage)
        .padLatentToMax(padLatentToMax)
        .icotTokensPerStage(icotTokensPerEpoch)
        .latentIterations(latents.iterations(latentIterations))
        .answers(answerPrefix == null ? AnswerFormat.PUBLISHED : new AnswerFormat(answerPrefix))
        .build();
  }

  /**
   * Number of thoughts that replace one reasoning step in an analysis, at least 1: {@code
   * cThought}, or 1 for a model that was trained without.
   */
  public int thoughtsPerStep() {
    return Math.max(1, cThought);
  }

  /** An architecture with this model's settings for latents. */
  public TransformerConfig applyTo(TransformerConfig architecture) {
    Arguments.requireNonNull(
        architecture, "architecture", "Read or build the model's TransformerConfig.");
    int iterations = thoughtSettings().getLatentIterations();
    return architecture.toBuilder()
        .latentIterations(iterations)
        .thoughtMap(thoughtMapConfig())
        .build();
  }

  /** The same model after training up to a stage. */
  public CoconutConfig atStage(int reached) {
    return of(thoughtSettings(), reached, specialTokens)
        .withThoughtMap(thoughtMapConfig())
        .withHalt(halt, haltThreshold);
  }

  /**
   * The same model with another rule for ending thoughts.
   *
   * @param rule the rule; null for {@link Halt#FIXED}
   * @param threshold in (0, 1], or null for the default
   */
  public CoconutConfig withHalt(Halt rule, Double threshold) {
    boolean fixed = rule == null || rule == Halt.FIXED;
    return toBuilder().halt(fixed ? null : rule).haltThreshold(fixed ? null : threshold).build();
  }

  /** The map from hidden states to the inputs of latents. */
  public ThoughtMapConfig thoughtMapConfig() {
    return ThoughtMapConfig.builder()
        .kind(thoughtMap)
        .projectionWidth(projectionWidth == null ? 0 : projectionWidth)
        .scale(thoughtScale == null ? 0 : thoughtScale)
        .build();
  }

  /** The same model with another map of its thoughts. */
  public CoconutConfig withThoughtMap(ThoughtMapConfig map) {
    Arguments.requireNonNull(map, "map", "Take ThoughtMapConfig.IDENTITY for none.");
    boolean scales = map.getKind() == ThoughtMapConfig.Kind.SCALE;
    return toBuilder()
        .thoughtMap(map.getKind())
        .projectionWidth(map.isProjection() ? map.getProjectionWidth() : null)
        .thoughtScale(scales ? map.getScale() : null)
        .build();
  }
}
