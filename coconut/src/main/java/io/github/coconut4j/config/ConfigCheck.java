package io.github.coconut4j.config;

import io.github.coconut4j.method.AnswerFormat;
import io.github.coconut4j.method.Latents;
import io.github.coconut4j.method.Method;
import io.github.coconut4j.method.ThoughtSettings;
import io.github.coconut4j.model.Architecture;
import io.github.coconut4j.model.ThoughtMapConfig;
import lombok.RequiredArgsConstructor;

/** Checks the ranges of {@link TrainingConfig}'s values, and their dependencies. */
@RequiredArgsConstructor
final class ConfigCheck {

  /** More would leave no numbers for the epochs that follow. */
  private static final int MOST_SKIPPED_EPOCHS = 1_000_000_000;

  private final TrainingConfig config;

  void run() {
    checkMethod();
    new CurriculumCheck(config).run();
    checkLatents();
    checkAnswers();
    new ObjectiveCheck(config).run();
    new SequenceCheck(config).run();
    checkThoughtMap();
    checkDropout();
    checkModel();
    checkData();
    checkOptimizer();
    checkEvaluation();
    checkExecution();
  }

  private void checkMethod() {
    if (config.getMethod() == null) {
      throw new ConfigException(
          "`method` is missing. Set `method: coconut`, or another of %s."
              .formatted(String.join(", ", Method.keys())));
    }
  }

  private void checkLatents() {
    boolean isParallel =
        config.getLatents() == Latents.PARALLEL
            || (config.getLatents() == null && config.getMethod() == Method.PCCOT);
    if (isParallel && !config.getMethod().hasLatents()) {
      throw ConfigException.of(
          "latents",
          "a method with latents",
          "parallel with `method: " + config.getMethod().key() + "`",
          "Remove the key, or train `method: coconut`.");
    }
    Integer iterations = config.getLatentIterations();
    if (iterations == null) {
      return;
    }
    if (!isParallel) {
      throw ConfigException.of(
          "latent_iterations",
          "`latents: parallel`, without which latents are fed one after another,",
          iterations,
          "Set it, or remove the key.");
    }
    NumberCheck.atLeast("latent_iterations", iterations, 1);
    if (iterations > ThoughtSettings.MOST_THOUGHTS) {
      throw NumberCheck.outOfRange(
          "latent_iterations", "at most " + ThoughtSettings.MOST_THOUGHTS, iterations);
    }
  }

  private void checkAnswers() {
    AnswerFormat.fault(config.getAnswerPrefix())
        .ifPresent(
            found -> {
              throw ConfigException.of(
                  "answer_prefix", AnswerFormat.REQUIREMENT, found, "Write, say, `\"### \"`.");
            });
  }

  private void checkThoughtMap() {
    ThoughtMapConfig.Kind map = config.getThoughtMap();
    if (map != null && !config.getMethod().hasLatents()) {
      throw ConfigException.of(
          "thought_map",
          "a method with latents, such as `method: coconut`",
          "given with `method: " + config.getMethod().key() + "`",
          "Leave it out.");
    }
    NumberCheck.atLeastIfSet("projection_width", config.getProjectionWidth());
    boolean projects =
        map == ThoughtMapConfig.Kind.PROJECTION
            || (map == null && config.thoughtSettings().projectsThoughts());
    if (config.getProjectionWidth() != null && !projects) {
      throw ConfigException.of(
          "projection_width",
          "`thought_map: projection`",
          "given without it",
          "Set that too, or leave the width out.");
    }
  }

  private void checkModel() {
    filled("model_id", config.getModelId());
    filled("save_path", config.getSavePath());
    filled("name", config.getName());
    NumberCheck.atLeast("n_layer", config.getNLayer(), 1);
    NumberCheck.atLeast("n_head", config.getNHead(), 1);
    NumberCheck.atLeast("n_embd", config.getNEmbd(), 1);
    NumberCheck.atLeast("n_positions", config.getNPositions(), 1);
    NumberCheck.above("initializer_range", config.getInitializerRange(), 0);
    if (config.getEmbeddingRange() != null) {
      NumberCheck.above("embedding_range", config.getEmbeddingRange(), 0);
    }
    if (config.getHeadDim() == null && config.getNEmbd() % config.getNHead() != 0) {
      throw ConfigException.of(
          "n_embd",
          "a multiple of `n_head` (" + config.getNHead() + ")",
          config.getNEmbd(),
          "Change one of the two.");
    }
    if (config.getArchitecture() == null) {
      throw new ConfigException(
          "`architecture` is missing. Set it to one of " + Architecture.list() + ".");
    }
    if (config.isFromScratch()) {
      new ScratchArchitecture(config).check();
    }
    if (config.getLora() != null && config.isFromScratch() && config.getLoadModelPath() == null) {
      throw ConfigException.of(
          "lora",
          "a model that is trained already",
          "given with `model_id: scratch`",
          "Name a model directory: --set model_id=DIR.");
    }
    if (config.isExtendVocabulary()) {
      checkExtendVocabulary();
    }
    if (config.getFrozen() != null) {
      checkFrozen();
    }
  }

  private void checkExtendVocabulary() {
    if (config.isFromScratch() && config.getLoadModelPath() == null) {
      throw ConfigException.of(
          "extend_vocabulary",
          "a model that is trained already",
          "true with `model_id: scratch`, whose vocabulary is that of its problems",
          "Remove it, or name a model directory: --set load_model_path=DIR.");
    }
    if (config.getLora() != null) {
      throw ConfigException.of(
          "extend_vocabulary",
          "a run that trains the token table",
          "true with `lora`",
          "Remove one of the two.");
    }
  }

  private void checkFrozen() {
    for (String module : config.getFrozen()) {
      if (module == null || module.isBlank()) {
        throw ConfigException.of(
            "frozen",
            "a list of modules' paths",
            config.getFrozen(),
            "Write, say, `frozen: [wte, h.0]`, or remove the key.");
      }
    }
  }

  private void checkData() {
    if (config.isOnlyEval()) {
      filled("val_path", config.getValPath());
    } else {
      filled("train_path", config.getTrainPath());
    }
    NumberCheck.atLeast("batch_size_training", config.getBatchSizeTraining(), 1);
    NumberCheck.atLeast("gradient_accumulation_steps", config.getGradientAccumulationSteps(), 1);
    NumberCheck.atLeast("num_epochs", config.getNumEpochs(), 1);
    NumberCheck.atLeast("resume", config.firstEpoch(), 0);
    if (config.firstEpoch() > MOST_SKIPPED_EPOCHS) {
      throw NumberCheck.outOfRange("resume", "at most " + MOST_SKIPPED_EPOCHS, config.firstEpoch());
    }
    boolean trainsEpochs = config.getStageSteps() == null && !config.isOnlyEval();
    if (trainsEpochs && config.firstEpoch() >= config.getNumEpochs()) {
      throw ConfigException.of(
          "resume",
          "fewer epochs to skip than `num_epochs` (" + config.getNumEpochs() + ")",
          config.firstEpoch(),
          "It skips epochs of the schedule; to continue an interrupted run use --resume.");
    }
  }

  private void checkOptimizer() {
    NumberCheck.atLeast("lr", config.getLr(), 0);
    NumberCheck.atLeast("weight_decay", config.getWeightDecay(), 0);
    NumberCheck.atLeast("warmup_steps", config.getWarmupSteps(), 0);
    if (config.getMaxGradNorm() != null) {
      NumberCheck.above("max_grad_norm", config.getMaxGradNorm(), 0);
    }
    NumberCheck.atLeastIfSet("max_steps", config.getMaxSteps());
  }

  private void checkDropout() {
    Double rate = config.getDropout();
    if (rate != null && !(rate >= 0 && rate < 1)) {
      throw ConfigException.of(
          "dropout",
          "a probability of at least 0 and below 1",
          rate,
          "Write 0.1 to drop a tenth of the values, or leave it out for the model's own.");
    }
  }

  private void checkEvaluation() {
    NumberCheck.atLeastIfSet("eval_every_steps", config.getEvalEverySteps());
    NumberCheck.atLeastIfSet("eval_limit", config.getEvalLimit());
    NumberCheck.atLeastIfSet("max_new_tokens", config.getMaxNewTokens());
    if (config.getEvalLatents() != null) {
      NumberCheck.atLeast("eval_latents", config.getEvalLatents(), 0);
    }
    if (config.isSaveOnlyImprove() && config.getValPath() == null) {
      throw new ConfigException(
          "`save_only_improve: true` needs problems to evaluate on, but `val_path` is missing."
              + " Set `val_path`, or `save_only_improve: false`.");
    }
    if (config.getEarlyStopping() != null && config.getValPath() == null) {
      throw new ConfigException(
          "`early_stopping` needs problems to evaluate on, but `val_path` is missing."
              + " Set `val_path`, or remove `early_stopping`.");
    }
  }

  private void checkExecution() {
    NumberCheck.atLeastIfSet("threads", config.getThreads());
    NumberCheck.atLeastIfSet("checkpoint_every_steps", config.getCheckpointEverySteps());
    NumberCheck.atLeast("keep_checkpoints", config.getKeepCheckpoints(), 1);
    if (config.getCheckpointEveryMinutes() != null) {
      NumberCheck.above("checkpoint_every_minutes", config.getCheckpointEveryMinutes(), 0);
    }
  }

  private static void filled(String key, String value) {
    if (value == null || value.isBlank()) {
      throw new ConfigException("`" + key + "` is missing. Set it, in the file or with --set.");
    }
  }
}
