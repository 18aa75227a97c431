package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class SocketExchangeTest {

  /** Lengths of arrays, similar to a small model's parameters. */
  private static final int[] LENGTHS = {7, 1, 1000, 64, 3, 12_345};

  private static float[][] gradients(int rank) {
    Random random = new Random(rank);
    float[][] arrays = new float[LENGTHS.length][];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = new float[LENGTHS[i]];
      for (int j = 0; j < LENGTHS[i]; j++) {
        arrays[i][j] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(6) - 3));
      }
    }
    return arrays;
  }

  private static List<ByteBuffer> buffers(float[][] arrays) {
    List<ByteBuffer> buffers = new ArrayList<>();
    for (float[] array : arrays) {
      ByteBuffer bytes =
          ByteBuffer.allocateDirect(Float.BYTES * array.length).order(ByteOrder.nativeOrder());
      bytes.asFloatBuffer().put(array);
      buffers.add(bytes);
    }
    return buffers;
  }

  private static float[][] arrays(List<ByteBuffer> buffers) {
    return buffers.stream()
        .map(ByteBuffer::asFloatBuffer)
        .map(
            floats -> {
              float[] array = new float[floats.remaining()];
              floats.get(array);
              return array;
            })
        .toArray(float[][]::new);
  }

  private static float inPairs(float[] terms, int from, int to) {
    if (to - from == 1) {
      return terms[from];
    }
    int middle = from + (to - from) / 2;
    return inPairs(terms, from, middle) + inPairs(terms, middle, to);
  }

  private static float[][] expected(int ranks) {
    float[][][] all = new float[ranks][][];
    for (int rank = 0; rank < ranks; rank++) {
      all[rank] = gradients(rank);
    }
    float[][] sums = gradients(0);
    for (int i = 0; i < sums.length; i++) {
      for (int j = 0; j < sums[i].length; j++) {
        float[] terms = new float[ranks];
        for (int rank = 0; rank < ranks; rank++) {
          terms[rank] = all[rank][i][j];
        }
        sums[i][j] = inPairs(terms, 0, ranks);
      }
    }
    return sums;
  }

  private static float[][] sum(SocketExchange exchange) throws IOException {
    List<ByteBuffer> buffers = buffers(gradients(exchange.rank()));
    double[] values = exchange.sum(buffers, new double[] {exchange.rank(), 0.1, 1e300});
    assertThat(values[0]).isEqualTo(exchange.size() * (exchange.size() - 1) / 2.0);
    assertThat(values[1]).isCloseTo(0.1 * exchange.size(), within(1e-12));
    return arrays(buffers);
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3", "4", "5", "8"})
  void allRanksHaveTheSumInPairsToTheBit(int ranks) throws Exception {
    List<float[][]> sums =
        SocketRanks.run(
            ranks,
            Wire.FLOAT32,
            exchange -> {
              sum(exchange);
              return sum(exchange); // a second time, over the same connections
            });

    for (float[][] each : sums) {
      assertThat(each).isDeepEqualTo(expected(ranks));
    }
  }

  /** 2 (W - 1) / W of the bytes of the gradients, plus those of the values. */
  @Test
  void aRankSendsAsManyBytesAsInARing() throws Exception {
    int floats = 1 << 20;
    List<Long> sent =
        SocketRanks.run(
            4,
            Wire.FLOAT32,
            exchange -> {
              exchange.sum(buffers(new float[1][floats]), new double[0]);
              return exchange.getBytesSent();
            });

    assertThat(sent).containsOnly(6L * floats + 3 * Long.BYTES);
  }

  /** More than one block, divided within an array; a second time, after a smaller last block. */
  @Test
  void gradientsOfSeveralBlocksAreSummed() throws Exception {
    int floats = (1 << 23) + 12_345;
    List<Boolean> right =
        SocketRanks.run(
            2,
            Wire.FLOAT32,
            exchange -> {
              float[][] own = new float[2][floats / 2];
              for (float[] array : own) {
                for (int i = 0; i < array.length; i++) {
                  array[i] = (exchange.rank() + 1) * (i % 1000);
                }
              }
              List<ByteBuffer> buffers = buffers(own);
              exchange.sum(buffers, new double[0]);
              exchange.sum(buffers, new double[0]);
              boolean all = true;
              for (ByteBuffer buffer : buffers) {
                FloatBuffer values = buffer.asFloatBuffer();
                for (int i = 0; i < values.limit(); i++) {
                  all &= values.get(i) == 2 * 3 * (i % 1000);
                }
              }
              return all;
            });

    assertThat(right).containsOnly(true);
  }

  /** Terms and sum are each rounded to bfloat16; all ranks have the same sum. */
  @Test
  void sumsOfBfloat16AreWithinItsRoundingAndTheSameInAllRanks() throws Exception {
    List<float[][]> sums = SocketRanks.run(4, Wire.BF16, SocketExchangeTest::sum);

    float[][] exact = expected(4);
    for (float[][] each : sums) {
      assertThat(each).isDeepEqualTo(sums.get(0));
    }
    for (int i = 0; i < exact.length; i++) {
      for (int j = 0; j < exact[i].length; j++) {
        double size = 0;
        for (int rank = 0; rank < 4; rank++) {
          size += Math.abs(gradients(rank)[i][j]);
        }
        assertThat(sums.get(0)[i][j]).isCloseTo(exact[i][j], within((float) (size / 128)));
        if (j > 40) {
          break; // gradients() draws all anew
        }
      }
    }
  }

  @Test
  void ranksOfDifferentModelsAreRefused() {
    assertThatThrownBy(
            () ->
                SocketRanks.run(
                    2,
                    Wire.FLOAT32,
                    exchange ->
                        exchange.sum(buffers(new float[1][10 + exchange.rank()]), new double[0])))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("Ranks need the same gradients");
  }

  @Test
  void aRankThatIsLostEndsTheOthers() {
    assertThatThrownBy(
            () ->
                SocketRanks.run(
                    3,
                    Wire.FLOAT32,
                    exchange -> {
                      if (exchange.rank() == 1) {
                        return null; // closes its connections
                      }
                      return sum(exchange);
                    }))
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("Rank 1 is lost");
  }

  @Test
  void closingEndsASumThatWaits() throws Exception {
    List<String> ends =
        SocketRanks.run(
            2,
            Wire.FLOAT32,
            exchange -> {
              if (exchange.rank() == 1) {
                return pause(exchange);
              }
              Thread closer =
                  new Thread(
                      () -> {
                        try {
                          Thread.sleep(200);
                          exchange.close();
                        } catch (InterruptedException | IOException e) {
                          throw new IllegalStateException(e);
                        }
                      });
              closer.start();
              return pause(exchange, true);
            });

    assertThat(ends.get(0)).isEqualTo("ended");
  }

  private static String pause(SocketExchange exchange) {
    return pause(exchange, false);
  }

  private static String pause(SocketExchange exchange, boolean sums) {
    try {
      if (sums) {
        sum(exchange);
        return "summed";
      }
      Thread.sleep(1500);
      return "paused";
    } catch (IOException e) {
      return "ended";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
