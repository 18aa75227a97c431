package io.github.coconut4j.model.safetensors;

import java.util.Arrays;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;

/** Types of the safetensors format that occupy whole bytes, under the format's names. */
enum StoredType {
  F64(8, DataType.DOUBLE),
  F32(4, DataType.FLOAT),
  F16(2, DataType.FLOAT16),
  BF16(2, DataType.BFLOAT16),
  C64(8, null),
  F8_E4M3(1, null),
  F8_E5M2(1, null),
  F8_E8M0(1, null),
  I64(8, null),
  I32(4, null),
  I16(2, null),
  I8(1, null),
  U64(8, null),
  U32(4, null),
  U16(2, null),
  U8(1, null),
  BOOL(1, null);

  private final int size;
  private final DataType dataType;

  StoredType(int size, DataType dataType) {
    this.size = size;
    this.dataType = dataType;
  }

  /** Bytes of one element. */
  int size() {
    return size;
  }

  /** The same type in ND4J; empty if ND4J has no such floating-point type. */
  Optional<DataType> dataType() {
    return Optional.ofNullable(dataType);
  }

  /** The stored type of an ND4J array; empty for a type that is not written. */
  static Optional<StoredType> of(DataType dataType) {
    return Arrays.stream(values()).filter(type -> type.dataType == dataType).findFirst();
  }
}
