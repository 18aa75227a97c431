package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.model.backend.DeviceException;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.listeners.records.History;

/**
 * Trains and saves the results: at the end the model and its stop signal, after an early stop also
 * a checkpoint. A failure's message names the last checkpoint.
 */
@RequiredArgsConstructor
final class SavedTraining {

  private final TrainingConfig config;
  private final RunDirectory directory;
  private final Trainer trainer;
  private final Checkpoints checkpoints;

  /** Null in ranks other than the first, which save nothing. */
  private final CheckpointSaver saver;

  /**
   * Trains to the end, or until a stop is requested.
   *
   * @throws NonFiniteException if the loss diverged
   * @throws DeviceException if the device is lost
   * @throws OutOfMemoryError if memory runs out; the state before that update is saved
   */
  History train() throws IOException {
    if (saver != null && !trainer.isFinished()) {
      directory.deleteEvaluation();
    }
    try {
      return trainer.train();
    } catch (NonFiniteException e) {
      throw withCheckpoint(e, NonFiniteException::new);
    } catch (DeviceException e) {
      throw withCheckpoint(e, DeviceException::new);
    } catch (OutOfMemoryError e) {
      throw withCheckpoint(e, OutOfMemoryError::new);
    }
  }

  /** A failure with a message that names the last checkpoint, too; only the first rank has one. */
  private <T extends Throwable> T withCheckpoint(T failure, Function<String, T> renewed) {
    String checkpoint = saver == null ? "" : lastCheckpoint(failure);
    T described = renewed.apply(failure.getMessage() + checkpoint);
    described.initCause(failure);
    return described;
  }

  /** A description of the last checkpoint. Its own failure must not hide that of the training. */
  private String lastCheckpoint(Throwable failure) {
    String failed = "";
    try {
      if (failure instanceof OutOfMemoryError) {
        saveBefore();
      }
      saver.await();
    } catch (IOException | RuntimeException | Error e) {
      failure.addSuppressed(e);
      failed = " A checkpoint failed, too: " + e.getMessage();
    }
    try {
      return failed
          + checkpoints.newest().map(path -> " The last checkpoint is " + path + ".").orElse("");
    } catch (IOException e) {
      failure.addSuppressed(e);
      return failed;
    }
  }

  /**
   * Saves the state before an update that ran out of memory, which changed nothing, if there is
   * room.
   */
  private void saveBefore() throws IOException {
    if (trainer.isWhole() && trainer.getState().getStep() > 0) {
      saver.save(trainer.getState());
    }
  }

  /**
   * Saves the results of a training that is complete or was stopped, in the first rank.
   *
   * @param trained the current model
   * @param problems problems for fitting a stop signal
   * @param options options of inference
   */
  void save(CoconutModel trained, List<ReasoningProblem> problems, GenerationOptions options)
      throws IOException {
    if (!trainer.isFinished() || trainer.isStoppedEarly()) {
      saver.save(trainer.getState());
    }
    saver.await();
    boolean bestIsSaved = config.isSaveOnlyImprove() && trainer.getState().getBestAccuracy() >= 0;
    if (!bestIsSaved) {
      trained.save(directory.model());
    }
    if (trainer.isFinished() && config.getHalt() == Halt.LEARNED && !config.isOnlyEval()) {
      learnToHalt(problems, options);
    }
  }

  /** Fits the stop signal of the saved model, which is the best one if there is one. */
  private void learnToHalt(List<ReasoningProblem> problems, GenerationOptions options)
      throws IOException {
    try (CoconutModel saved = CoconutModel.open(directory.model(), config.getLoop())) {
      new HaltFit(saved, options).fit(problems, config.getHaltThreshold()).save(directory.model());
    }
  }
}
