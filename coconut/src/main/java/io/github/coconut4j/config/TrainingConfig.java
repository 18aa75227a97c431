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
import lombok.Builder;
import lombok.Value;

/**
 * Everything that decides a training run. Field names in snake case are the keys of its YAML file;
 * those of the published implementation mean what they mean there.
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

  /** Of every architecture that has rotary positions. */
  static final double DEFAULT_ROPE_THETA = 10_000;

  /** Keys that may change when a run is resumed: what it computes does not depend on them. */
  public static final Set<String> FREE_AT_RESUME =
      Set.of(
          "save_path",
          "name",
          "threads",
          "on_nonfinite",
          "early_stopping",
          "checkpoint_every_steps",
          "checkpoint_every_minutes",
          "keep_checkpoints");

  /** Directory that holds runs. */
  @Builder.Default String savePath = "runs";

  /** Name of the run, its directory under {@code savePath}. */
  @Builder.Default String name = "run";

  /** What is trained; required. */
  Method method;

  /** False to train the last stage's sequences from the first update on. */
  @Builder.Default boolean curriculum = true;

  /** Latents that replace one reasoning step, at least 0. */
  @Builder.Default int cThought = 1;

  /** In which order latents receive hidden states, or null for one after another. */
  Latents latents;

  /** How often parallel latents are refined, at least 1, or null for PCCoT's 3. */
  Integer latentIterations;

  /** What {@code simcot} is added to. */
  @Builder.Default SimcotOn simcotOn = SimcotOn.COCONUT;

  /** What writes the steps with {@code simcot}. */
  @Builder.Default SimcotDecoder simcotDecoder = SimcotDecoder.COPY;

  /** Weight of the steps' loss with {@code simcot}, at least 0. */
  @Builder.Default double stepWeight = 1;

  /** How it is averaged, or null: over tokens on CODI, over rows on Coconut. */
  StepMean stepMean;

  /** Weight of the teacher's loss with {@code codi} and {@code pccot}, at least 0. */
  @Builder.Default double teacherWeight = 1;

  /** Weight of the student's loss with them, at least 0. */
  @Builder.Default double studentWeight = 1;

  /** Weight of their distillation, at least 0, or null for 1, with Llama's architectures 20. */
  Double distillWeight;

  /** Weight of the latents' own loss with {@code frontier}, at least 0. */
  @Builder.Default double frontierWeight = 1;

  /** What latents are asked for with {@code frontier}. */
  @Builder.Default FrontierTargets frontierTargets = FrontierTargets.FRONTIER;

  /** What answers begin with, and what scoring looks for; not blank. */
  @Builder.Default String answerPrefix = AnswerFormat.PUBLISHED.getPrefix();

  /** Epochs of one stage, at least 1. */
  @Builder.Default int epochsPerStage = 1;

  /** Updates of each stage, in order, instead of {@code epochsPerStage}; null for none. */
  List<Integer> stageSteps;

  /**
   * Shares of {@code stageSteps} after which the curriculum begins again, rising to 1: {@code [0.1,
   * 0.3, 1]} goes through all stages three times, first with a tenth of each stage's updates. Every
   * cycle has a warm-up and a decay of the learning rate to itself. Null for one cycle.
   */
  List<Double> cycles;

  /** Largest number of steps that latents replace, at least 0. */
  @Builder.Default int maxLatentStage = 6;

  /** Whether problems with fewer steps get as many latents as those with the most. */
  @Builder.Default boolean padLatentToMax = true;

  /** Probability in [0, 1] that a problem's stage is drawn uniformly instead. */
  double uniformProb;

  /** Latents that a training sequence has at most beyond its stage's, drawn from 0; at least 0. */
  int latentSlack;

  /** Latents, a sequence's last, that gradients flow through, at least 0; null for all. */
  Integer latentBackprop;

  /** Largest position at which a training sequence begins, drawn from 0; at least 0. */
  int positionOffset;

  /** Accuracy of an evaluation, in (0, 1], that ends a stage before its time; null for none. */
  Double depthGate;

  /** Share, in [0, 1), of training sequences whose stage is drawn from the earlier ones. */
  double depthReplay;

  /** What latents are fed of hidden states, or null for the start model's map, else identity. */
  ThoughtMapConfig.Kind thoughtMap;

  /** Width of a projection of thoughts, at least 1, or null for the model's. */
  Integer projectionWidth;

  /** Tokens that leave the front of the chain each epoch with {@code icot}, at least 1. */
  @Builder.Default int icotTokensPerEpoch = 8;

  /** Whether names are redrawn and facts reshuffled at every epoch (ProsQA only). */
  boolean augment;

  /** A Hugging Face model directory, or {@code scratch}. */
  @Builder.Default String modelId = "scratch";

  /** Blocks of a model from scratch, at least 1. */
  @Builder.Default int nLayer = 2;

  /** Width of a model from scratch; a multiple of {@code nHead} without {@code headDim}. */
  @Builder.Default int nEmbd = 64;

  /** Attention heads of a model from scratch, at least 1. */
  @Builder.Default int nHead = 4;

  /** Longest sequence of a model from scratch, in tokens. */
  @Builder.Default int nPositions = 256;

  /** Which layers a model from scratch has. */
  @Builder.Default Architecture architecture = Architecture.GPT2;

  /** Width of a fresh model's feed-forward layers, at least 1, or null for 4 {@code nEmbd}. */
  Integer nInner;

  /** Heads of keys and values of a fresh model, or null for {@code nHead}; not GPT-2's. */
  Integer numKeyValueHeads;

  /** Width of a fresh model's heads, or null for {@code nEmbd / nHead}; not GPT-2's. */
  Integer headDim;

  /** Of a fresh model's feed-forward layers, or null for {@code gelu_new} (GPT-2), {@code silu}. */
  Activation activationFunction;

  /** Added in a fresh model's norms, above 0, or null for 1e-5 (GPT-2), 1e-6. */
  Double layerNormEpsilon;

  /** Base of a fresh model's rotary positions, above 0. */
  @Builder.Default double ropeTheta = DEFAULT_ROPE_THETA;

  /** How a fresh model's rotary positions are scaled, or null for not at all. */
  RopeScaling ropeScaling;

  /** Keys that a query of a fresh model sees at most, or null for all; of Mistral alone. */
  Integer slidingWindow;

  /** Whether a fresh model's attention has biases; of Llama and Qwen3 alone. */
  boolean attentionBias;

  /** Whether a fresh model's feed-forward layers have biases; of Llama alone. */
  boolean mlpBias;

  /** Whether a fresh model's scores are divided by the root of a head's width; false: GPT-2's. */
  @Builder.Default boolean scaleAttnWeights = true;

  /** Whether a fresh model's scores are divided by the layer's number too; true: GPT-2's. */
  boolean scaleAttnByInverseLayerIdx;

  /** Rate of a fresh model's attention probabilities' dropout, in [0, 1). */
  double attnPdrop;

  /** Rate of a fresh model's embeddings' dropout, in [0, 1); above 0: GPT-2's. */
  double embdPdrop;

  /** Rate of dropout before a fresh model's residual sums, in [0, 1); above 0: GPT-2's. */
  double residPdrop;

  /** Whether a fresh model's output embedding is its token embedding. */
  @Builder.Default boolean tieWordEmbeddings = true;

  /** Standard deviation of a fresh model's matrices, above 0. */
  @Builder.Default double initializerRange = 0.02;

  /** Standard deviation of a fresh model's token table, or null for {@code initializerRange}. */
  Double embeddingRange;

  /** What a fresh GPT-2's position table begins as, scaled as the token table is, or no table. */
  @Builder.Default Positions positionEmbedding = Positions.NORMAL;

  /** Whether a fresh model's residual projections are divided by sqrt(2 layers), as GPT-2's. */
  @Builder.Default boolean residualScaled = true;

  /** Model directory whose weights the run starts from, or null. */
  String loadModelPath;

  /** Low-rank adapters that are trained in place of the model's weights, or null for none. */
  LoraSettings lora;

  /** Paths of modules that are not trained, {@code wte} or {@code h.0} say; null for none. */
  List<String> frozen;

  /** Problems to train on: a file or a generator, see {@code ProblemSource}. */
  String trainPath;

  /** Problems to evaluate on, or null. */
  String valPath;

  /** Seed of everything random in the run. */
  long seed;

  /** Sequences of one micro-batch, that is of one forward and backward pass, at least 1. */
  @Builder.Default int batchSizeTraining = 32;

  /** Micro-batches whose gradients one update sums up, at least 1. */
  @Builder.Default int gradientAccumulationSteps = 1;

  /** Passes over the training problems, at least 1; not used with {@code stageSteps}. */
  @Builder.Default int numEpochs = 1;

  /** Updates after which the run stops whatever the epochs, or null. */
  Integer maxSteps;

  /** Largest learning rate, at least 0. */
  @Builder.Default double lr = 1e-4;

  /** Decoupled weight decay on every parameter, at least 0. */
  @Builder.Default double weightDecay = 0.01;

  /** Updates over which the learning rate rises from 0, at least 0. */
  int warmupSteps;

  /** Shape of the learning rate after the warm-up. */
  @Builder.Default LrSchedule lrSchedule = LrSchedule.CONSTANT;

  /** One rate of dropout, in [0, 1), for all that the model has; null for the model's own. */
  Double dropout;

  /** Norm to which longer gradients are scaled, above 0, or null. */
  Double maxGradNorm;

  /** When the optimiser starts afresh. */
  @Builder.Default ResetOptimizer resetOptimizer = ResetOptimizer.NEVER;

  /** What happens when a loss or a gradient is not finite. */
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

  /** Whether to use the first 5000 training and 32 evaluation problems alone. */
  boolean debug;

  /** Updates between evaluations, or null to evaluate at the end of every epoch. */
  Integer evalEverySteps;

  /** Problems of an evaluation during training, or null for all. */
  Integer evalLimit;

  /** When evaluations that no longer get better end the run, or null for never. */
  EarlyStoppingSettings earlyStopping;

  /** Latents in the prompts of every evaluation, at least 0, or null for as many as trained. */
  Integer evalLatents;

  /**
   * When thinking ends in evaluations, and in the model that is left; in that alone where it is
   * learned, which the end of the run does.
   */
  @Builder.Default Halt halt = Halt.FIXED;

  /**
   * Probability by which it ends, in (0, 1], or null for 0.99 of confidence; of a learned signal,
   * for the lowest that keeps the accuracy.
   */
  Double haltThreshold;

  /** Tokens generated at most, or null for 64 where {@code valPath} has "gsm" in it, else 128. */
  Integer maxNewTokens;

  /** Which latent loop runs. */
  @Builder.Default LatentLoops loop = LatentLoops.AUTO;

  /** Where it runs. */
  @Builder.Default DeviceChoice device = DeviceChoice.AUTO;

  /** Arithmetic of matrix products. */
  @Builder.Default Precision precision = Precision.FLOAT32;

  /**
   * How weights that are not trained lie in memory: those of linear layers and the tables of tokens
   * and outputs. Bfloat16 takes half the memory; what is trained is float32 in either.
   */
  @Builder.Default Precision weights = Precision.FLOAT32;

  /** Threads of native code, or null for the library's choice. */
  Integer threads;

  /** Updates between checkpoints, or null. */
  Integer checkpointEverySteps;

  /** Minutes between checkpoints, or null. */
  Double checkpointEveryMinutes;

  /** Number of checkpoints kept, at least 1. */
  @Builder.Default int keepCheckpoints = 2;

  /** The epoch that the run begins with, from 0. */
  public int firstEpoch() {
    return resume == null ? 0 : resume;
  }

  /** Tokens generated at most for one problem. */
  public int newTokenLimit() {
    return maxNewTokens == null ? GenerationOptions.newTokenLimit(valPath) : maxNewTokens;
  }

  private Latents latentsOrDefault() {
    if (latents != null) {
      return latents;
    }
    return method == Method.PCCOT ? Latents.PARALLEL : Latents.SEQUENTIAL;
  }

  /** What the run's sequences are built by. */
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

  /** What the run's latents are asked for, or null for nothing. */
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

  /** The rates of dropout that a model trains with. */
  public DropoutRates dropoutRates(TransformerConfig model) {
    return dropout == null ? DropoutRates.of(model) : DropoutRates.of(model, dropout);
  }

  /** Whether the model starts from fresh weights. */
  public boolean isFromScratch() {
    return modelId.equals("scratch");
  }

  /** Builds a valid configuration, from Java or from YAML. */
  @JsonPOJOBuilder(withPrefix = "")
  @JsonNaming(SnakeCaseStrategy.class)
  public static class TrainingConfigBuilder {

    /**
     * The configuration.
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
