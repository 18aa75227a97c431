package io.github.coconut4j.config;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.annotation.JsonPOJOBuilder;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.method.FrontierTargets;
import io.github.coconut4j.method.Latents;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.SimcotOn;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.Activation;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.Initialization.Positions;
import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.ThoughtMapConfig;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.model.dropout.DropoutRates;
import io.github.coconut4j.model.latent.LatentLoops;
import io.github.coconut4j.model.objective.StepMean;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lombok.Builder;
import lombok.Value;

/**
 * All settings of a training run. Field names in snake case are the keys of its YAML file; keys of
 * the published implementation have the same meaning there.
 *
 * <p>An instance is valid: {@link TrainingConfigBuilder#build()} throws a {@link ConfigException}
 * otherwise. Read one from a file with {@link ConfigFile}.
 */
@Value
@Builder(toBuilder = true, buildMethodName = "assemble")
@JsonDeserialize(builder = TrainingConfig.TrainingConfigBuilder.class)
@JsonNaming(SnakeCaseStrategy.class)
@JsonAutoDetect(
    fieldVisibility = Visibility.ANY,
    getterVisibility = Visibility.NONE,
    isGetterVisibility = Visibility.NONE)
public class TrainingConfig implements Serializable {

  private static final long serialVersionUID = 1L;

  /** Default for every architecture with rotary positions. */
  static final double DEFAULT_ROPE_THETA = 10_000;

  /**
   * Keys that do not affect what a run learns: where and how often it saves, what it does after an
   * update that is not finite, and {@code threads}, which affects only rounding.
   */
  public static final Set<String> FREE_OF_TRAINING =
      Set.of(
          "save_path",
          "name",
          "threads",
          "on_nonfinite",
          "checkpoint_every_steps",
          "checkpoint_every_minutes",
          "keep_checkpoints");

  /**
   * Keys that may change when a run is resumed: the updates so far would have been the same. {@code
   * early_stopping} determines where the run ends.
   */
  public static final Set<String> FREE_AT_RESUME =
      Stream.concat(FREE_OF_TRAINING.stream(), Stream.of("early_stopping"))
          .collect(Collectors.toUnmodifiableSet());

  /** Directory that holds runs. */
  @Builder.Default String savePath = "runs";

  /** Name of the run, its directory under {@code savePath}. */
  @Builder.Default String name = "run";

  /** Training method; required. */
  Method method;

  /** False to train the last stage's sequences from the first update on. */
  @Builder.Default boolean curriculum = true;

  /** Latents that replace one reasoning step, at least 0. */
  @Builder.Default int cThought = 1;

  /** In which order latents receive hidden states, or null for one after another. */
  Latents latents;

  /** How often parallel latents are refined, at least 1, or null for PCCoT's 3. */
  Integer latentIterations;

  /** Method that {@code simcot} is added to. */
  @Builder.Default SimcotOn simcotOn = SimcotOn.COCONUT;

  /** Model that writes the steps with {@code simcot}. */
  @Builder.Default SimcotDecoder simcotDecoder = SimcotDecoder.COPY;

  /** Weight of the steps' loss with {@code simcot}, at least 0. */
  @Builder.Default double stepWeight = 1;

  /** How the steps' loss is averaged, or null: over tokens on CODI, over rows on Coconut. */
  StepMean stepMean;

  /** Weight of the teacher's loss with {@code codi} and {@code pccot}, at least 0. */
  @Builder.Default double teacherWeight = 1;

  /** Weight of the student's loss with the same methods, at least 0. */
  @Builder.Default double studentWeight = 1;

  /**
   * Weight of the distillation with the same methods, at least 0; null for 1, or 20 with Llama's
   * architectures.
   */
  Double distillWeight;

  /** Weight of the latents' loss with {@code frontier}, at least 0. */
  @Builder.Default double frontierWeight = 1;

  /** Target tokens of latents with {@code frontier}. */
  @Builder.Default FrontierTargets frontierTargets = FrontierTargets.FRONTIER;

  /** Text before the answer, which scoring searches for; not blank. */
  @Builder.Default String answerPrefix = AnswerFormat.PUBLISHED.getPrefix();

  /** Epochs of one stage, at least 1. */
  @Builder.Default int epochsPerStage = 1;

  /**
   * Number of updates of each stage, in order, instead of {@code epochsPerStage}; null if not used.
   */
  List<Integer> stageSteps;

  /**
   * Shares of {@code stageSteps} after which the curriculum restarts, ascending to 1: {@code [0.1,
   * 0.3, 1]} goes through all stages three times, first with a tenth of each stage's updates. Every
   * cycle has its own warm-up and decay of the learning rate. Null for one cycle.
   */
  List<Double> cycles;

  /** Largest number of steps that latents replace, at least 0. */
  @Builder.Default int maxLatentStage = 6;

  /** Whether problems with fewer steps get as many latents as those with the most. */
  @Builder.Default boolean padLatentToMax = true;

  /** Probability in [0, 1] that a problem's stage is sampled uniformly instead. */
  double uniformProb;

  /**
   * Largest number of latents of a training sequence beyond its stage's, sampled from 0; at least
   * 0.
   */
  int latentSlack;

  /** Number of last latents of a sequence that gradients flow through, at least 0; null for all. */
  Integer latentBackprop;

  /** Largest position at which a training sequence begins, sampled from 0; at least 0. */
  int positionOffset;

  /** Accuracy of an evaluation, in (0, 1], that ends a stage early; null for never. */
  Double depthGate;

  /** Share, in [0, 1), of training sequences whose stage is sampled from the earlier ones. */
  double depthReplay;

  /**
   * Map from hidden states to the inputs of latents, or null for the start model's map, else
   * identity.
   */
  ThoughtMapConfig.Kind thoughtMap;

  /** Width of a projection of thoughts, at least 1, or null for the model's. */
  Integer projectionWidth;

  /**
   * Number of tokens removed from the start of the chain each epoch with {@code icot}, at least 1.
   */
  @Builder.Default int icotTokensPerEpoch = 8;

  /** Whether names are resampled and facts reshuffled at every epoch (ProsQA only). */
  boolean augment;

  /** A Hugging Face model directory, or {@code scratch}. */
  @Builder.Default String modelId = "scratch";

  /** Blocks of a model from scratch, at least 1. */
  @Builder.Default int nLayer = 2;

  /** Width of a model from scratch; a multiple of {@code nHead} unless {@code headDim} is set. */
  @Builder.Default int nEmbd = 64;

  /** Attention heads of a model from scratch, at least 1. */
  @Builder.Default int nHead = 4;

  /** Longest sequence of a model from scratch, in tokens. */
  @Builder.Default int nPositions = 256;

  /** Architecture of a model from scratch. */
  @Builder.Default Architecture architecture = Architecture.GPT2;

  /** Width of a new model's feed-forward layers, at least 1, or null for 4 {@code nEmbd}. */
  Integer nInner;

  /** Number of key and value heads of a new model, or null for {@code nHead}; not for GPT-2. */
  Integer numKeyValueHeads;

  /** Width of a new model's heads, or null for {@code nEmbd / nHead}; not for GPT-2. */
  Integer headDim;

  /**
   * Activation of a new model's feed-forward layers, or null for {@code gelu_new} (GPT-2), {@code
   * silu} (others).
   */
  Activation activationFunction;

  /** Epsilon of a new model's norms, above 0, or null for 1e-5 (GPT-2), 1e-6 (others). */
  Double layerNormEpsilon;

  /** Base of a new model's rotary positions, above 0. */
  @Builder.Default double ropeTheta = DEFAULT_ROPE_THETA;

  /** Scaling of a new model's rotary positions, or null for none. */
  RopeScaling ropeScaling;

  /**
   * Largest number of keys that a query of a new model attends to, or null for all; only for
   * Mistral.
   */
  Integer slidingWindow;

  /** Whether a new model's attention has biases; only for Llama and Qwen3. */
  boolean attentionBias;

  /** Whether a new model's feed-forward layers have biases; only for Llama. */
  boolean mlpBias;

  /**
   * Whether a new model's scores are divided by the square root of a head's width; false only for
   * GPT-2.
   */
  @Builder.Default boolean scaleAttnWeights = true;

  /** Whether a new model's scores are also divided by the layer's number; true only for GPT-2. */
  boolean scaleAttnByInverseLayerIdx;

  /** Dropout rate of a new model's attention probabilities, in [0, 1). */
  double attnPdrop;

  /** Dropout rate of a new model's embeddings, in [0, 1); above 0 only for GPT-2. */
  double embdPdrop;

  /** Dropout rate before a new model's residual sums, in [0, 1); above 0 only for GPT-2. */
  double residPdrop;

  /** Whether a new model's output embedding is tied to its token embedding. */
  @Builder.Default boolean tieWordEmbeddings = true;

  /** Standard deviation of a new model's matrices, above 0. */
  @Builder.Default double initializerRange = 0.02;

  /** Standard deviation of a new model's token table, or null for {@code initializerRange}. */
  Double embeddingRange;

  /** Initial values of a new GPT-2's position table, scaled like the token table, or no table. */
  @Builder.Default Positions positionEmbedding = Positions.NORMAL;

  /** Whether a new model's residual projections are divided by sqrt(2 layers), as in GPT-2. */
  @Builder.Default boolean residualScaled = true;

  /** Model directory whose weights the run starts from, or null. */
  String loadModelPath;

  /**
   * Whether the words of the run's problems that the start model's tokenizer lacks are added to its
   * vocabulary, with new rows. Only for tokenizers of whole words.
   */
  boolean extendVocabulary;

  /** Low-rank adapters that are trained instead of the model's weights, or null for none. */
  LoraSettings lora;

  /**
   * Paths of modules that are not trained, for example {@code wte} or {@code h.0}; null for none.
   */
  List<String> frozen;

  /** Problems to train on: a file or a generator, see {@code ProblemSource}. */
  String trainPath;

  /** Problems to evaluate on, or null. */
  String valPath;

  /** Seed of everything random in the run. */
  long seed;

  /**
   * Number of sequences of one micro-batch, that is, of one forward and backward pass, at least 1.
   */
  @Builder.Default int batchSizeTraining = 32;

  /** Number of micro-batches per update, whose gradients are summed, at least 1. */
  @Builder.Default int gradientAccumulationSteps = 1;

  /** Number of passes over the training problems, at least 1; not used with {@code stageSteps}. */
  @Builder.Default int numEpochs = 1;

  /** Number of updates after which the run stops regardless of epochs, or null. */
  Integer maxSteps;

  /** Largest learning rate, at least 0. */
  @Builder.Default double lr = 1e-4;

  /** Decoupled weight decay on every parameter, at least 0. */
  @Builder.Default double weightDecay = 0.01;

  /** Number of updates over which the learning rate rises from 0, at least 0. */
  int warmupSteps;

  /** Shape of the learning rate after the warm-up. */
  @Builder.Default LrSchedule lrSchedule = LrSchedule.CONSTANT;

  /** One dropout rate, in [0, 1), for all places in the model; null for the model's own rates. */
  Double dropout;

  /** Norm to which larger gradients are clipped, above 0, or null. */
  Double maxGradNorm;

  /** When the optimiser's state is reset. */
  @Builder.Default ResetOptimizer resetOptimizer = ResetOptimizer.NEVER;

  /** What happens if a loss or a gradient is not finite. */
  @Builder.Default OnNonfinite onNonfinite = OnNonfinite.STOP;

  /** Whether {@code model/} holds the best evaluated model instead of the last. */
  boolean saveOnlyImprove;

  /**
   * Epochs of the schedule to skip at the start, at least 0, or null for none. With {@code
   * onlyEval} the epoch whose stage is evaluated, or null for the stage that the start model was
   * trained to.
   */
  Integer resume;

  /** Whether to evaluate without training. */
  boolean onlyEval;

  /** Whether to use only the first 5000 training and 32 evaluation problems. */
  boolean debug;

  /** Number of updates between evaluations, or null to evaluate at the end of every epoch. */
  Integer evalEverySteps;

  /** Number of problems of an evaluation during training, or null for all. */
  Integer evalLimit;

  /** Settings for ending the run when evaluations stop improving, or null for never. */
  EarlyStoppingSettings earlyStopping;

  /**
   * Number of latents in the prompts of every evaluation, at least 0, or null for as many as in
   * training.
   */
  Integer evalLatents;

  /**
   * Rule that ends the latents in evaluations and in the saved model; a learned rule only in the
   * saved model, since it is fitted at the end of the run.
   */
  @Builder.Default Halt halt = Halt.FIXED;

  /**
   * Probability from which latents end, in (0, 1]; null for 0.99 with the rule of confidence, or
   * for the lowest value that keeps the accuracy with a learned signal.
   */
  Double haltThreshold;

  /**
   * Largest number of generated tokens, or null for 64 if a file of {@code valPath} has "gsm" in
   * its name, else 128.
   */
  Integer maxNewTokens;

  /** The latent loop. */
  @Builder.Default LatentLoops loop = LatentLoops.AUTO;

  /** The kind of device. */
  @Builder.Default DeviceChoice device = DeviceChoice.AUTO;

  /** Arithmetic of matrix products. */
  @Builder.Default Precision precision = Precision.FLOAT32;

  /**
   * Precision in which frozen weights are stored: those of linear layers and the tables of tokens
   * and outputs. Bfloat16 takes half the memory; trained weights are always float32.
   */
  @Builder.Default Precision weights = Precision.FLOAT32;

  /** Number of threads of native code, or null for the library's choice. */
  Integer threads;

  /** Number of updates between checkpoints, or null. */
  Integer checkpointEverySteps;

  /** Minutes between checkpoints, or null. */
  Double checkpointEveryMinutes;

  /** Number of checkpoints kept, at least 1. */
  @Builder.Default int keepCheckpoints = 2;

  /** The first epoch of the run, from 0. */
  public int firstEpoch() {
    return resume == null ? 0 : resume;
  }

  /** Largest number of generated tokens for one problem. */
  public int newTokenLimit() {
    return maxNewTokens == null ? GenerationOptions.newTokenLimit(valPath) : maxNewTokens;
  }

  private Latents latentsOrDefault() {
    if (latents != null) {
      return latents;
    }
    return method == Method.PCCOT ? Latents.PARALLEL : Latents.SEQUENTIAL;
  }

  /** The settings for building the run's sequences. */
  public ThoughtSettings thoughtSettings() {
    return ThoughtSettings.builder()
        .method(method)
        .simcotOn(simcotOn)
        .cThought(cThought)
        .maxLatentStage(maxLatentStage)
        .padLatentToMax(padLatentToMax)
        .icotTokensPerStage(icotTokensPerEpoch)
        .latentIterations(latentsOrDefault().iterations(latentIterations))
        .answers(new AnswerFormat(answerPrefix))
        .build();
  }

  /** The target tokens of the run's latents, or null for none. */
  public FrontierTargets latentTargets() {
    return method == Method.FRONTIER ? frontierTargets : null;
  }

  /**
   * The sizes of a model from scratch.
   *
   * @param vocabulary number of tokens, at least 1
   */
  public TransformerConfig scratchArchitecture(int vocabulary) {
    return new ScratchArchitecture(this).sizes(vocabulary);
  }

  /** The dropout rates for training a model. */
  public DropoutRates dropoutRates(TransformerConfig model) {
    return dropout == null ? DropoutRates.of(model) : DropoutRates.of(model, dropout);
  }

  /** Whether the model starts from newly initialized weights. */
  public boolean isFromScratch() {
    return modelId.equals("scratch");
  }

  /** Builds a valid configuration, from Java or from YAML. */
  @JsonPOJOBuilder(withPrefix = "")
  @JsonNaming(SnakeCaseStrategy.class)
  public static class TrainingConfigBuilder {

    /**
     * Builds the configuration.
     *
     * @throws ConfigException if a value is out of its range or two contradict each other
     */
    public TrainingConfig build() {
      TrainingConfig config = assemble();
      new ConfigCheck(config).run();
      return config;
    }
  }
}
