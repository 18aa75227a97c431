package io.github.coconut4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.spi.ILoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.LoggedEvents;
import io.github.coconut4j.config.TrainingConfig;
import io.github.coconut4j.method.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.listeners.At;
import org.nd4j.autodiff.listeners.BaseListener;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.listeners.ListenerEvaluations;
import org.nd4j.autodiff.listeners.ListenerResponse;
import org.nd4j.autodiff.listeners.Loss;
import org.nd4j.autodiff.listeners.Operation;
import org.nd4j.autodiff.listeners.checkpoint.CheckpointListener;
import org.nd4j.autodiff.listeners.impl.HistoryListener;
import org.nd4j.autodiff.listeners.impl.ScoreListener;
import org.nd4j.autodiff.listeners.impl.UIListener;
import org.nd4j.autodiff.listeners.profiler.ProfilingListener;
import org.nd4j.autodiff.listeners.records.History;
import org.nd4j.autodiff.listeners.records.LossCurve;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.internal.Variable;
import org.nd4j.graph.FlatArray;
import org.nd4j.graph.UIAddName;
import org.nd4j.graph.UIEvent;
import org.nd4j.graph.ui.LogFileWriter;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's own listeners in a run of two micro-batches an update. */
class ListenersTest {

  private static final TrainingConfig CONFIG =
      TinyRuns.of(Method.COCONUT)
          .stageSteps(List.of(2, 2))
          .batchSizeTraining(2)
          .gradientAccumulationSteps(2)
          .evalEverySteps(null)
          .weightDecay(0.1)
          .maxNewTokens(1)
          .build();

  private static final int UPDATES = 4;

  @TempDir private Path directory;

  private RunDirectory plain;
  private RunDirectory listened;

  @BeforeEach
  void directories() {
    plain = new RunDirectory(directory.resolve("plain"));
    listened = new RunDirectory(directory.resolve("listened"));
  }

  private History train(Listener... listeners) throws IOException {
    try (TrainingRun run =
        TrainingRun.builder()
            .config(CONFIG)
            .directory(listened)
            .listeners(List.of(listeners))
            .build()) {
      return run.train();
    }
  }

  private List<UpdateMetrics> updates() throws IOException {
    return MetricsFile.read(listened.metrics()).updates();
  }

  /** Losses and rates are the run's own, and nothing that is trained changes. */
  private void assertTrainedAsWithout() throws IOException {
    try (TrainingRun run = TrainingRun.builder().config(CONFIG).directory(plain).build()) {
      run.train();
    }
    assertThat(listened.model().resolve("model.safetensors"))
        .hasSameBinaryContentAs(plain.model().resolve("model.safetensors"));
  }

  @Test
  void scoreListenerReportsTheLossAndCountsEverySequence() throws IOException {
    List<ILoggingEvent> said;
    try (LoggedEvents log = LoggedEvents.of(ScoreListener.class)) {
      train(new ScoreListener(1));
      said = log.events();
    }

    List<Object[]> losses =
        said.stream()
            .filter(event -> event.getMessage().startsWith("Loss at epoch"))
            .map(ILoggingEvent::getArgumentArray)
            .toList();
    assertThat(losses).hasSize(UPDATES - 1); // it leaves out iteration 0
    assertThat(losses).extracting(arguments -> arguments[1]).containsExactly(1, 2, 3);
    List<Object[]> epochs =
        said.stream()
            .filter(event -> event.getMessage().startsWith("Epoch {} complete"))
            .map(ILoggingEvent::getArgumentArray)
            .toList();
    assertThat(epochs).isNotEmpty().allSatisfy(arguments -> assertThat(arguments[3]).isEqualTo(8L));
  }

  @Test
  void historyListenerHasTheMeanLossOfEveryEpoch() throws IOException {
    HistoryListener history = new HistoryListener(ListenerEvaluations.builder().build());

    History own = train(history);

    History report = history.getReport();
    float[] curve = report.lossCurve().meanLoss("loss");
    assertThat(curve).hasSize(2).isEqualTo(own.lossCurve().meanLoss("loss"));
    assertThat((double) curve[0])
        .isCloseTo(
            updates().stream().limit(2).mapToDouble(UpdateMetrics::getLoss).average().orElseThrow(),
            within(1e-6));
    assertThat(report.getValidationTimesMillis()).hasSize(2);
    assertThat(own.getValidationTimesMillis()).hasSize(2);
  }

  private static List<Double> values(LogFileWriter file, String name) throws IOException {
    Map<Integer, String> names = new HashMap<>();
    List<Double> values = new ArrayList<>();
    file.readEvents()
        .forEach(
            event -> {
              UIEvent head = event.getFirst();
              if (event.getSecond() instanceof UIAddName added) {
                names.put(added.nameIdx(), added.name());
              } else if (name.equals(names.get(head.nameIdx()))) {
                values.add(Nd4j.createFromFlatArray((FlatArray) event.getSecond()).getDouble(0));
              }
            });
    return values;
  }

  @Test
  void uiListenerWritesLossesRatesAndUpdateRatios() throws IOException {
    Path file = directory.resolve("ui.bin");

    train(UIListener.builder(file.toFile()).learningRate(1).updateRatios(1).build());

    LogFileWriter read = new LogFileWriter(file.toFile());
    assertThat(read.readStatic().getData()).isNotEmpty();
    assertThat(values(read, "losses/loss"))
        .containsExactlyElementsOf(updates().stream().map(UpdateMetrics::getLoss).toList());
    assertThat(values(read, "learningRate"))
        .containsExactlyElementsOf(updates().stream().map(UpdateMetrics::getLr).toList());
    assertThat(values(read, "logUpdateRatio/transformer.wte.weight"))
        .hasSize(UPDATES)
        .allSatisfy(ratio -> assertThat(ratio).isBetween(-6.0, 0.0));
    assertTrainedAsWithout();
  }

  @Test
  void checkpointListenerSavesGraphsThatOpen() throws IOException {
    Path saved = directory.resolve("saved");

    train(
        CheckpointListener.builder(saved.toFile())
            .fileNamePrefix("run")
            .saveEveryNIterations(2)
            .keepAll()
            .build());

    SameDiff last = CheckpointListener.loadLastCheckpoint(saved.toFile(), false);
    assertThat(last.getTrainingConfig().getIterationCount()).isEqualTo(UPDATES - 1);
    try (CoconutModel model = CoconutModel.open(listened.model())) {
      model
          .getTransformer()
          .getWeights()
          .asMap()
          .forEach(
              (name, array) ->
                  assertThat(last.getVariable(name).getArr().data().asFloat())
                      .as(name)
                      .isEqualTo(array.data().asFloat()));
    }
  }

  @Test
  void profilingListenerTracesEveryOperationOfTheGradients() throws IOException {
    Path trace = directory.resolve("trace.json");

    train(ProfilingListener.builder(trace.toFile()).recordAll().build());

    String text = Files.readString(trace).strip();
    JsonNode events = new ObjectMapper().readTree(text.substring(0, text.length() - 1) + "]");
    TreeSet<String> names = new TreeSet<>(events.findValuesAsText("name"));
    assertThat(names).contains("latent_loop", "label_cross_entropy");
    long losses =
        events.findValues("name").stream()
            .filter(name -> name.asText().equals("label_cross_entropy"))
            .count();
    assertThat(losses).isEqualTo(2L * UPDATES); // of each micro-batch
  }

  @Test
  void everyListenerAtOnceChangesNothing() throws IOException {
    train(
        new ScoreListener(1),
        new HistoryListener(ListenerEvaluations.builder().build()),
        UIListener.builder(directory.resolve("ui.bin").toFile()).updateRatios(2).build(),
        CheckpointListener.builder(directory.resolve("saved").toFile())
            .fileNamePrefix("run")
            .saveEveryEpoch()
            .keepLast(1)
            .build(),
        ProfilingListener.builder(directory.resolve("trace.json").toFile())
            .maxProfileIterations(2)
            .build());

    assertTrainedAsWithout();
  }

  /** The calls that a custom listener receives in an update. */
  private static final class Recorder extends BaseListener {
    private final List<String> events = new ArrayList<>();
    private final Map<String, INDArray> moved = new HashMap<>();

    @Override
    public boolean isActive(Operation operation) {
      return operation.isTrainingPhase();
    }

    @Override
    public void iterationStart(SameDiff graph, At at, MultiDataSet batch, long millis) {
      events.add("start " + at.iteration() + " of " + batch.getFeatures(0).size(0));
      assertThat(batch.getLabels(0).shape()).isEqualTo(batch.getFeatures(3).shape());
      assertThat(batch.getExampleMetaData()).hasSize((int) batch.getFeatures(0).size(0));
    }

    @Override
    public void preUpdate(SameDiff graph, At at, Variable variable, INDArray update) {
      INDArray after = variable.getVariable().getArr().sub(update);
      INDArray expected = moved.put(variable.getName(), after);
      if (expected != null) {
        assertThat(variable.getVariable().getArr().distance2(expected)).isLessThan(1e-5);
      }
    }

    @Override
    public void iterationDone(SameDiff graph, At at, MultiDataSet batch, Loss loss) {
      double rate = graph.getTrainingConfig().getUpdater().getLearningRate(at.iteration(), 0);
      events.add("done " + at.iteration() + " at " + rate);
    }

    @Override
    public ListenerResponse epochEnd(SameDiff graph, At at, LossCurve losses, long millis) {
      events.add("epoch " + at.epoch());
      return ListenerResponse.STOP;
    }

    @Override
    public ListenerResponse validationDone(SameDiff graph, At at, long millis) {
      events.add("validation " + at.operation());
      return ListenerResponse.CONTINUE;
    }
  }

  @Test
  void aListenerSeesUpdatesBeforeTheyAreMadeAndMayEndTheRun() throws IOException {
    Recorder recorder = new Recorder();
    try (TrainingRun run =
        TrainingRun.builder().config(CONFIG).directory(listened).listener(recorder).build()) {
      run.train();

      assertThat(run.isFinished()).isFalse();
      assertThat(run.state().getEpoch()).isEqualTo(1);
      run.trainedModel()
          .getTransformer()
          .getWeights()
          .asMap()
          .forEach(
              (name, array) ->
                  assertThat(array.distance2(recorder.moved.get(name))).as(name).isLessThan(1e-5));
    }
    List<Double> rates = updates().stream().map(UpdateMetrics::getLr).toList();
    assertThat(recorder.events)
        .containsExactly(
            "start 0 of 4",
            "done 0 at " + rates.get(0),
            "start 1 of 4",
            "done 1 at " + rates.get(1),
            "epoch 0",
            "validation TRAINING_VALIDATION");
    try (TrainingRun run =
        TrainingRun.builder().config(CONFIG).directory(listened).resume(true).build()) {
      run.train();
    }
    assertTrainedAsWithout();
  }
}
