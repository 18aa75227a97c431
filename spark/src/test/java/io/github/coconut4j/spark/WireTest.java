package io.github.coconut4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WireTest {

  private static float sent(Wire wire, float value) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.nativeOrder());
    FloatBuffer floats = FloatBuffer.wrap(new float[] {value});
    wire.write(floats, bytes);
    assertThat(bytes.remaining()).isEqualTo(wire.width());
    FloatBuffer received = FloatBuffer.allocate(1);
    wire.read(bytes, received);
    return received.get(0);
  }

  /** Bit patterns of bfloat16 as in other libraries: rounded to nearest, ties to even. */
  @ParameterizedTest
  @CsvSource({
    "3f800000, 3f800000", // 1
    "3f808000, 3f800000", // a tie, down to even
    "3f818000, 3f820000", // a tie, up to even
    "3f808001, 3f810000", // above the tie
    "bf808001, bf810000",
    "7f7fffff, 7f800000", // the largest becomes infinite
    "7f800000, 7f800000",
    "80000000, 80000000", // -0
    "00000001, 00000000",
    "7f800001, 7fc00000", // NaN stays NaN
    "ffc00000, ffc00000"
  })
  void bfloat16IsTheNearest(String bits, String expected) {
    float value = Float.intBitsToFloat(Integer.parseUnsignedInt(bits, 16));

    int received = Float.floatToRawIntBits(sent(Wire.BF16, value));

    assertThat(Integer.toHexString(received))
        .isEqualTo(Integer.toHexString(Integer.parseUnsignedInt(expected, 16)));
    assertThat(Float.floatToRawIntBits(sent(Wire.FLOAT32, value)))
        .isEqualTo(Float.floatToRawIntBits(value));
  }
}
