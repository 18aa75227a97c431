package io.github.coconut4j.model.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.coconut4j.model.loop.Layouts;
import io.github.coconut4j.model.loop.WorkerLayout;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Positions outside a batch are rejected: they would be read from another sequence. */
class BatchLayoutTest {

  /** Two sequences of four time steps, position ids 0 to 3 and 0, 0, 1, 2. */
  private static final BatchLayout LAYOUT = Layouts.of("ttly", ".tly");

  private static final Positions POSITIONS = LAYOUT.positions();

  private static void assertRefused(ThrowingCallable call, String... message) {
    assertThatIllegalArgumentException()
        .isThrownBy(call)
        .withMessageContainingAll(message)
        .withMessageEndingWith(".");
  }

  @ParameterizedTest
  @CsvSource({"1, 5", "-1, 1", "0, 0", "0, -1", "2, 1", "0, 3", "2147483647, 2", "1, 2147483647"})
  void aRangeLiesWithinTheBatch(int from, int count) {
    String found = "has " + count + " from sequence " + from + " on";
    assertRefused(() -> POSITIONS.range(from, count), "within the batch's 2", found);
    assertRefused(() -> LAYOUT.range(from, count), "within the batch's 2", found);
  }

  @Test
  void aRangeOfTheBatchHasItsPositionsAndQueries() {
    BatchLayout second = LAYOUT.range(1, 1);
    assertThat(second.positions().isReal(0, 0)).isFalse();
    assertThat(second.positions().id(0, 3)).isEqualTo(2);
    assertThat(second.queriedCount()).isEqualTo(1);
    assertThat(second.queried(0)).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "0, 9", "-1, 0", "1, -1", "2, 0", "2147483647, 0", "0, -2147483648"})
  void aPositionLiesWithinTheBatch(int b, int t) {
    assertOutOfBounds(() -> POSITIONS.id(b, t));
    assertOutOfBounds(() -> POSITIONS.isReal(b, t));
    assertOutOfBounds(() -> POSITIONS.isLatent(b, t));
    assertOutOfBounds(() -> POSITIONS.sees(b, t, t));
    assertOutOfBounds(() -> POSITIONS.sees(b, t, 0));
  }

  private static void assertOutOfBounds(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("out of bounds for length");
  }

  @Test
  void countsAndIndicesLieWithinTheBatch() {
    for (int outside : new int[] {-1, 5, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertOutOfBounds(() -> POSITIONS.seesAll(outside));
      assertOutOfBounds(() -> POSITIONS.lastReal(outside));
      assertOutOfBounds(() -> LAYOUT.firstQueried(outside));
      assertOutOfBounds(() -> LAYOUT.visits().last(outside, 0));
      assertOutOfBounds(() -> LAYOUT.visits().last(0, outside));
      assertOutOfBounds(() -> LAYOUT.queried(outside));
    }
    assertOutOfBounds(() -> POSITIONS.sees(0, 3, -1));
    assertThat(POSITIONS.sees(0, 3, 100)).as("a key that rounds a kernel's number up").isFalse();
    assertThat(POSITIONS.sees(0, 3, 3)).isTrue();
    assertThat(POSITIONS.sees(0, 3, 0)).isTrue();
    assertThat(POSITIONS.sees(1, 3, 0)).as("padding").isFalse();
    assertThat(POSITIONS.seesAll(0)).isTrue();
    assertThat(POSITIONS.seesAll(4)).isFalse();
    assertThat(LAYOUT.firstQueried(2)).isEqualTo(2);
  }

  @Test
  void aTimeStepMoreHasAPositionIdForEachSequence() {
    int[] both = {0, 1};
    for (int[] ids : new int[][] {{}, {4}, {4, 3, 9}}) {
      assertRefused(() -> LAYOUT.next(ids, both), "each of the 2 sequences", "given " + ids.length);
    }
    assertRefused(() -> LAYOUT.next(null, both), "each of the 2 sequences", "given null");
    BatchLayout next = LAYOUT.next(new int[] {4, 3}, new int[] {1});
    assertThat(next.positions().id(0, 4)).isEqualTo(4);
    assertThat(next.positions().id(1, 4)).isEqualTo(3);
    assertThat(next.visits().list()).containsExactly(new Visit(4, 5));
    assertThat(next.queried(0)).isEqualTo(9);
  }

  @Test
  void chosenSequencesAscendWithinTheBatch() {
    int[] ids = {4, 3};
    for (int[] chosen : new int[][] {{7}, {2}, {-1}, {1, 0}, {1, 1}, {0, 1, 2}}) {
      String found = "found " + chosen[chosen.length - 1];
      assertRefused(() -> LAYOUT.next(ids, chosen), "Chosen sequences must ascend", found);
      assertRefused(() -> LAYOUT.select(chosen), "Chosen sequences must ascend", found);
    }
    assertRefused(() -> LAYOUT.next(ids, null), "Chosen sequences", "they are null");
    assertRefused(() -> LAYOUT.select(null), "Chosen sequences", "they are null");
    assertRefused(() -> LAYOUT.select(new int[0]), "at least one sequence", "none is chosen");
    assertThat(LAYOUT.select(new int[] {1}).positions().id(0, 3)).isEqualTo(2);
  }

  @Test
  void queriedPositionsAscendWithinTheBatch() {
    for (int[] queried : new int[][] {{8}, {-1}, {3, 2}, {3, 3}}) {
      String found = "found " + queried[queried.length - 1];
      assertRefused(() -> LAYOUT.withQueried(queried), "must ascend and be from 0 to 7", found);
      assertRefused(
          () -> BatchLayout.of(POSITIONS, queried), "must ascend and be from 0 to 7", found);
    }
    assertRefused(() -> LAYOUT.withQueried((int[]) null), "they are null");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 5, Integer.MAX_VALUE})
  void timeStepsThatAreKeptWereThere(int count) {
    assertRefused(() -> LAYOUT.firstSteps(count), "from 1 to the batch's 4", "are " + count);
  }

  @Test
  void whatIsReadHasNothingToCompute() {
    for (BatchLayout read :
        List.of(LAYOUT.select(new int[] {0}), LAYOUT.firstSteps(2), LAYOUT.join(LAYOUT))) {
      assertThat(read.visits().list()).isEmpty();
      assertThat(read.visits().open()).isEmpty();
      assertThat(read.visits().overlap()).isFalse();
      assertThat(read.visits().last(0, 0)).isEqualTo(-1);
      assertRefused(() -> new WorkerLayout(read), "must have visits", "read already");
      List<Visit> whole = List.of(new Visit(0, read.steps()));
      assertThat(new WorkerLayout(read.withVisits(whole)).passes()).hasSize(1);
    }
  }

  @Test
  void nothingIsNull() {
    int[] four = {0, 1, 2, 3};
    assertRefused(() -> Positions.of(1, 4, null, four, four), "position ids", "found null");
    assertRefused(() -> Positions.of(1, 4, four, null, four), "attention mask", "found null");
    assertRefused(() -> Positions.of(1, 4, four, four, null), "latent mask", "found null");
    assertRefused(() -> POSITIONS.requireIds(null), "argument config");
    assertRefused(() -> BatchLayout.of((Positions) null), "argument positions");
    assertRefused(() -> BatchLayout.of((LatentBatch) null), "argument batch");
    assertRefused(() -> BatchLayout.of(POSITIONS, (int[]) null), "they are null");
    assertRefused(() -> LAYOUT.withVisits(null), "argument visits");
    assertRefused(() -> LAYOUT.withVisits(Collections.singletonList(null)), "found null");
    assertRefused(() -> LAYOUT.join(null), "argument others");
  }
}
