package io.github.coconut4j.train;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.data.ReasoningProblem;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.Halt;
import io.github.coconut4j.model.backend.DeviceException;
import java.io.IOException;
import java.util.List;
import lombok.RequiredArgsConstructor;
import org.nd4j.autodiff.listeners.records.History;

/**
 * Training with what it leaves in its directory: at its end the model and its stop signal, cut
 * short a checkpoint too, and where it fails a message that names the last one.
 */
@RequiredArgsConstructor
final class SavedTraining {

  private final TrainingConfig config;
  private final RunDirectory directory;
  private final Trainer trainer;
  private final Checkpoints checkpoints;

  /** Null in ranks after the first, which save nothing. */
  private final CheckpointSaver saver;

  /**
   * Trains to the end, or until a stop is requested.
   *
   * @throws NonFiniteException if the loss diverged
   * @throws DeviceException if the device is lost
   * @throws OutOfMemoryError if memory runs out; the state before that update is saved
   */
  History train() throws IOException {
    try {
      return trainer.train();
    } catch (NonFiniteException e) {
      throw new NonFiniteException(e.getMessage() + lastCheckpoint());
    } catch (DeviceException e) {
      throw new DeviceException(e.getMessage() + lastCheckpoint(), e);
    } catch (OutOfMemoryError e) {
      saveAfter(e);
      Error told = new OutOfMemoryError(e.getMessage() + lastCheckpoint());
      told.initCause(e);
      throw told;
    }
  }

  /** In words; the first rank alone has one. */
  private String lastCheckpoint() throws IOException {
    if (saver == null) {
      return "";
    }
    saver.await();
    return checkpoints.newest().map(path -> " The last checkpoint is " + path + ".").orElse("");
  }

  /** The failed update changed nothing: what those before it made is saved, if there is room. */
  private void saveAfter(OutOfMemoryError failure) throws IOException {
    if (saver != null && trainer.isWhole() && trainer.getState().getStep() > 0) {
      try {
        saver.save(trainer.getState());
      } catch (OutOfMemoryError e) {
        failure.addSuppressed(e);
      }
    }
  }

  /**
   * Saves what the training, ended or cut short, leaves; in the first rank.
   *
   * @param trained the model as it is now
   * @param problems that a stop signal is fitted to
   * @param options how the model is asked
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

  /** Gives the model that was saved, the best where there is one, its stop signal. */
  private void learnToHalt(List<ReasoningProblem> problems, GenerationOptions options)
      throws IOException {
    try (CoconutModel saved = CoconutModel.open(directory.model(), config.getLoop())) {
      new HaltFit(saved, options).fit(problems, config.getHaltThreshold()).save(directory.model());
    }
  }
}
