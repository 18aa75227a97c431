package io.github.coconut4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.CoconutModel;
import io.github.coconut4j.LoggedEvents;
import io.github.coconut4j.data.tokenizer.TextTokenizer;
import io.github.coconut4j.generate.GenerationOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever fails while a batch decodes, every request gets an answer or a reason. */
class BatchFailureTest {

  private static AskedModel asked;

  /** What the next call of a method of the decoder's backend throws; null for nothing. */
  private record Fault(String method, Error error) {}

  private final AtomicReference<Fault> fault = new AtomicReference<>();
  private final CoconutModel faulty = FaultyModel.of(asked.model(), this::inject);
  private ContinuousBatch batch;

  @BeforeAll
  static void open() throws IOException {
    asked = AskedModel.open(3);
  }

  @AfterAll
  static void close() {
    asked.close();
  }

  @AfterEach
  void stop() {
    batch.close();
    faulty.getTransformer().close(); // the tokenizer is shared
  }

  private void start(int batchSize, int decoderSteps) {
    batch =
        new ContinuousBatch(
            faulty, BatchLimits.builder().batchSize(batchSize).decoderSteps(decoderSteps).build());
  }

  private void inject(String method) {
    Fault next = fault.get();
    if (next != null && next.method.equals(method)) {
      fault.set(null);
      throw next.error;
    }
  }

  private void failNext(String method, Error error) {
    fault.set(new Fault(method, error));
  }

  private static OutOfMemoryError noMemory() {
    return new OutOfMemoryError("Cannot allocate new FloatPointer(1000)");
  }

  private RecordedAnswer submit(int question) {
    RecordedAnswer recorded = new RecordedAnswer();
    batch.submit(asked.request(question, GenerationOptions.DEFAULT), recorded);
    return recorded;
  }

  private static String alone(int question, GenerationOptions options) {
    return asked.alone(question, options).getOutput();
  }

  private static void assertAnswered(int question, RecordedAnswer recorded) throws Exception {
    assertThat(recorded.get().getText()).isEqualTo(alone(question, GenerationOptions.DEFAULT));
  }

  private static void assertFailed(RecordedAnswer recorded, String reason) {
    assertThatThrownBy(recorded::get).cause().hasStackTraceContaining(reason);
  }

  /** A long request; its first piece, on the batch's thread, runs something. */
  private RecordedAnswer running(Runnable onceUnderWay) {
    RecordedAnswer recorded =
        new RecordedAnswer() {
          @Override
          public void written(String text) {
            if (pieces.isEmpty()) {
              onceUnderWay.run();
            }
            super.written(text);
          }
        };
    batch.submit(asked.request(0, asked.endless()), recorded);
    return recorded;
  }

  @ParameterizedTest
  @ValueSource(strings = {"append", "logits"})
  void memoryThatRunsOutInAStepFailsItsRequestsOnly(String method) throws Exception {
    start(1, 256);
    AtomicReference<RecordedAnswer> waiting = new AtomicReference<>();
    RecordedAnswer running =
        running(
            () -> {
              waiting.set(submit(1));
              failNext(method, noMemory());
            });

    assertFailed(running, "Cannot allocate new FloatPointer");
    assertAnswered(1, waiting.get());
    assertAnswered(2, submit(2));
    assertThat(batch.acceptsRequests()).isTrue();
  }

  /** A request that runs while another joins, for which memory runs out. */
  private RecordedAnswer runningWhileMemoryRunsOut(AtomicReference<RecordedAnswer> joining) {
    return running(
        () -> {
          joining.set(submit(1));
          failNext("join", noMemory());
        });
  }

  @Test
  void memoryThatRunsOutForAQuestionFailsItAlone() throws Exception {
    start(2, 1); // so that requests join decoders of their own
    AtomicReference<RecordedAnswer> joining = new AtomicReference<>();
    RecordedAnswer running = runningWhileMemoryRunsOut(joining);

    assertThat(running.get().getText()).isEqualTo(alone(0, asked.endless()));
    assertFailed(joining.get(), "Cannot allocate new FloatPointer");
    assertAnswered(2, submit(2));
  }

  @Test
  void aDecoderThatCannotGoOnFailsAllItsRequests() throws Exception {
    start(2, 256);
    AtomicReference<RecordedAnswer> joining = new AtomicReference<>();
    RecordedAnswer running = runningWhileMemoryRunsOut(joining);

    assertFailed(running, "Cannot allocate new FloatPointer");
    assertFailed(joining.get(), "Cannot allocate new FloatPointer");
    assertAnswered(2, submit(2));
  }

  /** A tokenizer of another model gives token ids that this one does not have. */
  @Test
  void aQuestionThatTheDecoderRefusesFailsAlone() throws Exception {
    TextTokenizer wrong =
        (TextTokenizer)
            FaultyModel.proxy(
                TextTokenizer.class,
                (proxy, method, arguments) -> {
                  Object result = FaultyModel.call(asked.model().getTokenizer(), method, arguments);
                  if (method.getName().startsWith("encode")
                      && arguments[0].toString().contains(asked.questions().get(1))) {
                    Arrays.fill((int[]) result, 1_000_000);
                  }
                  return result;
                });
    CoconutModel mismatched = FaultyModel.of(asked.model(), this::inject, wrong);
    batch = new ContinuousBatch(mismatched, BatchLimits.DEFAULT);
    AtomicReference<RecordedAnswer> refused = new AtomicReference<>();
    RecordedAnswer running = running(() -> refused.set(submit(1)));

    assertThat(running.get().getText()).isEqualTo(alone(0, asked.endless()));
    assertFailed(refused.get(), "A token id must be at least 0 and below");
    batch.close();
    mismatched.getTransformer().close();
  }

  @Test
  void anyOtherErrorEndsEverythingAndIsSaid() throws Exception {
    start(1, 256);
    AtomicReference<RecordedAnswer> waiting = new AtomicReference<>();
    RecordedAnswer running =
        running(
            () -> {
              waiting.set(submit(1));
              failNext("append", new NoClassDefFoundError("org/example/Kernel"));
            });

    assertFailed(running, "org/example/Kernel");
    assertFailed(waiting.get(), "org/example/Kernel");
    assertThat(batch.acceptsRequests()).isFalse();
    assertThatThrownBy(() -> submit(2))
        .isInstanceOf(StoppedException.class)
        .hasMessageContaining("restart the server");
    assertThat(batch.drain(Duration.ofSeconds(30))).isTrue();
  }

  /** Nobody else hears of it: the listener had its last call. */
  @Test
  void anErrorAfterAnAnswerIsLogged() throws Exception {
    start(2, 256);
    try (LoggedEvents logged = LoggedEvents.of(SubmittedRequest.class)) {
      batch.submit(
          asked.request(0, GenerationOptions.DEFAULT),
          new RecordedAnswer() {
            @Override
            public void completed(Answer complete) {
              throw new AssertionError("a handler's own");
            }
          });
      assertAnswered(1, submit(1));
      assertThat(batch.drain(Duration.ofSeconds(30))).isTrue();

      assertThat(logged.events())
          .singleElement()
          .extracting(event -> event.getThrowableProxy().getMessage())
          .isEqualTo("a handler's own");
    }
  }

  @Test
  void anErrorOfAListenerEndsItsRequestAlone() throws Exception {
    start(2, 256);
    AtomicReference<RecordedAnswer> other = new AtomicReference<>();
    RecordedAnswer running =
        running(
            () -> {
              other.set(submit(1));
              throw new AssertionError("a handler's own");
            });

    assertFailed(running, "a handler's own");
    assertAnswered(1, other.get());
  }
}
