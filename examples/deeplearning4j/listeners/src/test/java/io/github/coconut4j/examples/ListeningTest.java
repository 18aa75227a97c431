package io.github.coconut4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.listeners.checkpoint.CheckpointListener;
import org.nd4j.autodiff.listeners.profiler.comparison.ProfileAnalyzer;
import org.nd4j.autodiff.listeners.profiler.comparison.ProfileAnalyzer.ProfileFormat;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.graph.ui.LogFileWriter;

class ListeningTest {

  private static final int UPDATES = 12;

  @Test
  void eachListenerLeavesWhatItsReaderOpens(@TempDir Path directory) throws Exception {
    Listening.main(new String[] {directory.toString()});

    LogFileWriter ui = new LogFileWriter(directory.resolve("run.ui").toFile());
    assertFalse(ui.readStatic().getData().isEmpty());
    assertTrue(ui.readEvents().size() >= 2 * UPDATES, "a loss and a rate an update");
    assertTrue(
        ProfileAnalyzer.summarizeProfileStr(
                directory.resolve("trace.json").toFile(), ProfileFormat.SAMEDIFF)
            .contains("latent_loop"));
    SameDiff saved =
        CheckpointListener.loadLastCheckpoint(directory.resolve("saved").toFile(), false);
    assertEquals(UPDATES - 1, saved.getTrainingConfig().getIterationCount(), "counted from 0");
  }
}
