namespace Failover.Records;

/// <summary>What bincode 1.3 writes differently from a <see cref="BinaryWriter"/>: counts as u64, optional values behind one byte.</summary>
internal static class BincodeWriting
{
    extension(BinaryWriter writer)
    {
        public void WriteCount(int count) => writer.Write((ulong)count);

        public void WriteOptional(ulong? value)
        {
            writer.Write(value.HasValue);
            if (value is { } present)
            {
                writer.Write(present);
            }
        }

        public void WriteOptional(long? value)
        {
            writer.Write(value.HasValue);
            if (value is { } present)
            {
                writer.Write(present);
            }
        }
    }
}
