package io.github.coconut4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.generate.Generation;
import io.github.coconut4j.generate.GenerationOptions;
import io.github.coconut4j.generate.TokenListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests that share a batch get the answers that the model gives to each separately. */
class ContinuousBatchTest {

  private static AskedModel asked;

  private ContinuousBatch batch = new ContinuousBatch(asked.model(), BatchLimits.DEFAULT);

  @BeforeAll
  static void open() throws IOException {
    asked = AskedModel.open(40);
  }

  @AfterAll
  static void close() {
    asked.close();
  }

  @AfterEach
  void stop() {
    batch.close();
  }

  private RecordedAnswer submit(AnswerRequest request) {
    RecordedAnswer recorded = new RecordedAnswer();
    batch.submit(request, recorded);
    return recorded;
  }

  /** Thoughts, lengths and draws differ; few places, so that requests come and go at any time. */
  @Test
  void answersAreTheModelsOwn() throws Exception {
    restart(BatchLimits.builder().batchSize(5).decoderSteps(7).build());
    SplittableRandom random = new SplittableRandom(3);
    List<GenerationOptions> options = new ArrayList<>();
    List<RecordedAnswer> recorded = new ArrayList<>();
    for (int question = 0; question < asked.questions().size(); question++) {
      options.add(
          GenerationOptions.builder()
              .latents(random.nextInt(9))
              .maxNewTokens(1 + random.nextInt(40))
              .temperature(random.nextBoolean() ? 0 : 1.5)
              .topP(0.9)
              .seed(random.nextLong())
              .build());
      recorded.add(submit(asked.request(question, options.get(options.size() - 1))));
      Thread.sleep(random.nextInt(4));
    }
    for (int i = 0; i < recorded.size(); i++) {
      Generation expected = asked.alone(i, options.get(i));
      Answer answer = recorded.get(i).get();
      assertThat(answer.getText()).isEqualTo(expected.getOutput());
      assertThat(answer.getThoughts() + answer.getWords()).isEqualTo(expected.getTokens());
      assertThat(answer.getBatchSize()).isBetween(1, 5);
      assertThat(String.join("", recorded.get(i).pieces)).isEqualTo(expected.getOutput());
    }
  }

  private void restart(BatchLimits limits) {
    batch.close();
    batch = new ContinuousBatch(asked.model(), limits);
  }

  @Test
  void aShortRequestReturnsFirstFromTheBatchOfALongOne() throws Exception {
    List<String> ended = new CopyOnWriteArrayList<>();
    RecordedAnswer shorter = new RecordedAnswer(() -> ended.add("short"));
    AtomicBoolean isUnderWay = new AtomicBoolean();
    RecordedAnswer longer =
        new RecordedAnswer(() -> ended.add("long")) {
          @Override
          public void written(String text) {
            super.written(text);
            if (isUnderWay.compareAndSet(false, true)) {
              batch.submit(asked.request(1, GenerationOptions.DEFAULT), shorter);
            }
          }
        };
    batch.submit(asked.request(0, asked.endless()), longer);

    assertThat(shorter.get().getBatchSize()).isEqualTo(2);
    assertThat(longer.get().getText()).isEqualTo(asked.alone(0, asked.endless()).getOutput());
    assertThat(ended).containsExactly("short", "long");
  }

  @Test
  void aStopEndsTheTextBeforeIt() throws Exception {
    String whole = asked.alone(0, GenerationOptions.DEFAULT).getOutput();
    String stop = whole.substring(whole.indexOf(" is"), whole.indexOf(" is") + 4);
    RecordedAnswer recorded =
        submit(
            AnswerRequest.builder()
                .question(asked.questions().get(0))
                .stop("§")
                .stop(stop)
                .build());

    assertThat(recorded.get().getText()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(recorded.get().getEnd()).isEqualTo(Answer.End.STOP);
    assertThat(String.join("", recorded.pieces)).isEqualTo(recorded.get().getText());
  }

  @Test
  void aLimitOfTokensIsSaidToBeTheEnd() throws Exception {
    RecordedAnswer recorded =
        submit(asked.request(0, GenerationOptions.builder().maxNewTokens(1).build()));

    assertThat(recorded.get().getEnd()).isEqualTo(Answer.End.LENGTH);
    assertThat(recorded.get().getWords()).isEqualTo(1);
    assertThat(recorded.get().getThoughts()).isEqualTo(6);
  }

  @Test
  void moreThanMayWaitAreRefused() throws Exception {
    restart(BatchLimits.builder().batchSize(1).queueSize(2).build());
    List<RecordedAnswer> taken = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                taken.add(submit(asked.request(0, GenerationOptions.DEFAULT)));
              }
            })
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("At most 2 requests");
    for (RecordedAnswer recorded : taken) {
      assertThat(recorded.get().getText()).startsWith("###");
    }
  }

  @Test
  void aRequestWhoseTimeIsOverIsToldSo() {
    RecordedAnswer recorded =
        submit(
            AnswerRequest.builder()
                .question(asked.questions().get(0))
                .deadline(Duration.ofNanos(1))
                .build());

    assertThatThrownBy(recorded::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(DeadlineException.class);
  }

  /** A client's listener may try again at once. */
  @Test
  void aListenerMayAskAgainWhenTimeIsOver() throws Exception {
    restart(BatchLimits.builder().batchSize(1).build());
    RecordedAnswer again = new RecordedAnswer();
    RecordedAnswer late =
        new RecordedAnswer() {
          @Override
          public void failed(Exception reason) {
            batch.submit(asked.request(1, GenerationOptions.DEFAULT), again);
            super.failed(reason);
          }
        };
    RecordedAnswer running = submit(asked.request(0, asked.endless()));
    batch.submit(
        AnswerRequest.builder()
            .question(asked.questions().get(2))
            .deadline(Duration.ofNanos(1))
            .build(),
        late);

    assertThat(again.get().getText())
        .isEqualTo(asked.alone(1, GenerationOptions.DEFAULT).getOutput());
    assertThat(running.get().getText()).isEqualTo(asked.alone(0, asked.endless()).getOutput());
    assertThatThrownBy(late::get).hasCauseInstanceOf(DeadlineException.class);
  }

  /** A listener that waits for another thread's request does not keep the batch from taking it. */
  @Test
  void aListenerDoesNotKeepOthersFromAsking() throws Exception {
    CountDownLatch taken = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(1);
    AtomicBoolean isInTime = new AtomicBoolean();
    RecordedAnswer late =
        new RecordedAnswer() {
          @Override
          public void failed(Exception reason) {
            told.countDown();
            try {
              isInTime.set(taken.await(10, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            super.failed(reason);
          }
        };
    batch.submit(
        AnswerRequest.builder()
            .question(asked.questions().get(0))
            .deadline(Duration.ofNanos(1))
            .build(),
        late);
    assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
    RecordedAnswer other = submit(asked.request(1, GenerationOptions.DEFAULT));
    taken.countDown();

    assertThat(other.get().getText()).startsWith("###");
    assertThat(isInTime).isTrue();
  }

  @Test
  void aClientThatIsGoneFreesItsPlace() throws Exception {
    restart(BatchLimits.builder().batchSize(1).build());
    RecordedAnswer recorded = new RecordedAnswer();
    Runnable cancel = batch.submit(asked.request(0, asked.endless()), recorded);
    while (recorded.pieces.isEmpty()) {
      Thread.sleep(1);
    }
    cancel.run();

    assertThat(submit(asked.request(1, GenerationOptions.DEFAULT)).get().getText())
        .startsWith("###");
    assertThat(recorded.answer).isNotDone();
  }

  /** What one request's listener throws is no matter of the others. */
  @Test
  void aListenerThatThrowsEndsItsRequestAlone() throws Exception {
    RecordedAnswer faulty =
        new RecordedAnswer() {
          @Override
          public void written(String text) {
            throw new IllegalStateException("no more");
          }
        };
    batch.submit(asked.request(0, GenerationOptions.DEFAULT), faulty);
    RecordedAnswer other = submit(asked.request(1, GenerationOptions.DEFAULT));

    assertThat(other.get().getText())
        .isEqualTo(asked.alone(1, GenerationOptions.DEFAULT).getOutput());
    assertThatThrownBy(faulty::get).hasMessageContaining("no more");
  }

  @Test
  void whatIsUnderWayIsFinishedAndNoMoreTaken() throws Exception {
    RecordedAnswer recorded = submit(asked.request(0, GenerationOptions.DEFAULT));

    assertThat(batch.drain(Duration.ofSeconds(20))).isTrue();
    assertThat(recorded.answer).isDone();
    assertThatThrownBy(() -> submit(asked.request(1, GenerationOptions.DEFAULT)))
        .isInstanceOf(StoppedException.class);
  }

  @Test
  void whatIsNotFinishedWhenItEndsIsToldSo() {
    RecordedAnswer recorded = submit(asked.request(0, asked.endless()));
    batch.close();

    assertThatThrownBy(recorded::get).hasCauseInstanceOf(StoppedException.class);
  }

  /** A program that asks one question may close the batch where its answer arrives. */
  @Test
  void aListenerMayCloseTheBatch() throws Exception {
    CountDownLatch closed = new CountDownLatch(1);
    RecordedAnswer recorded =
        new RecordedAnswer(
            () -> {
              batch.close();
              closed.countDown();
            });
    AtomicBoolean isUnderWay = new AtomicBoolean();
    RecordedAnswer other =
        new RecordedAnswer() {
          @Override
          public void written(String text) {
            super.written(text);
            if (isUnderWay.compareAndSet(false, true)) {
              batch.submit(asked.request(0, GenerationOptions.DEFAULT), recorded);
            }
          }
        };
    batch.submit(asked.request(1, asked.endless()), other);

    assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(recorded.get().getText())
        .isEqualTo(asked.alone(0, GenerationOptions.DEFAULT).getOutput());
    assertThatThrownBy(other::get).hasCauseInstanceOf(StoppedException.class);
  }

  @Test
  void anInterruptedThreadAlsoWaitsForItsEnd() {
    RecordedAnswer recorded = submit(asked.request(0, asked.endless()));
    Thread.currentThread().interrupt();
    batch.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(recorded.answer).isDone();
  }

  @Test
  void aQuestionOutsideTheVocabularyIsRefusedAtOnce() {
    assertThatThrownBy(() -> submit(AnswerRequest.builder().question("What is love?").build()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> submit(asked.request(0, GenerationOptions.builder().latents(5000).build())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fewer thoughts");
    assertThat(batch.active() + batch.waiting()).isZero();
  }

  /** Tokens are as counted by the listener of the model's own. */
  @Test
  void tokensAreCountedAsTheModelCountsThem() throws Exception {
    List<Integer> tokens = new ArrayList<>();
    TokenListener listener = (question, token) -> tokens.add(token);
    asked.model().generate(List.of(asked.questions().get(0)), GenerationOptions.DEFAULT, listener);

    Answer answer = submit(asked.request(0, GenerationOptions.DEFAULT)).get();

    assertThat(answer.getWords()).isEqualTo(tokens.size());
    assertThat(answer.getPromptTokens())
        .isEqualTo(asked.model().getTokenizer().encode(asked.questions().get(0) + "\n").length);
  }

  @Test
  void aRequestOfNullIsRejectedAndHarmsNoOther() throws Exception {
    AnswerRequest valid = asked.request(0, GenerationOptions.DEFAULT);
    assertThatThrownBy(() -> batch.submit(null, new RecordedAnswer()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("request");
    assertThatThrownBy(() -> batch.submit(valid, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("listener");
    assertThatThrownBy(() -> new ContinuousBatch(asked.model(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("limits");
    assertThat(submit(valid).get().getText())
        .isEqualTo(asked.alone(0, GenerationOptions.DEFAULT).getOutput());
  }
}
