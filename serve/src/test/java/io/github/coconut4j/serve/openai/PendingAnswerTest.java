package io.github.coconut4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.coconut4j.batch.DeadlineException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PendingAnswerTest {

  @Test
  void aClientDoesNotWaitForEverForABatchThatSaysNothing() throws InterruptedException {
    PendingAnswer pending = new PendingAnswer(true, Duration.ofMinutes(2));
    assertThat(pending.next(1)).isNull();

    PendingAnswer late = new PendingAnswer(true, Duration.ofMinutes(-2));
    late.written("the rest");
    assertThat(late.next(1).text()).isEqualTo("the rest");
    assertThat(late.next(1).failure()).isInstanceOf(DeadlineException.class);
  }
}
