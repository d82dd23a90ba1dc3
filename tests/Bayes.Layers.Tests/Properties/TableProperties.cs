using System.Text;
using Bayes.Layers.Samples.Support.DataSets;
using Bayes.Layers.Tests.Samples.DataSets;
using CsCheck;

namespace Bayes.Layers.Tests.Properties;

/// <summary>Every reader of the samples reads finite numbers from any bytes or refuses them in one line.</summary>
public sealed class TableProperties : IDisposable
{
    // As for a checkpoint; a table is read three times as text and once as an array.
    private const long MostBytesBeside = 1 << 20;
    private const long MostBytesPerByte = 1_000;

    private const string Benign = "mean_radius,mean_texture,target\n17.99,10.38,0\n20.57,17.77,0\n13.54,14.36,1\n9.504,12.44,1\n";
    private const string Mixed = "age;colour;target\n1;red;yes\n2;blue;no\n3;red;yes\n4;blue;no\n5;?;no\n";

    private static readonly string Digits =
        $"{string.Join(",", from row in Enumerable.Range(0, 8) from column in Enumerable.Range(0, 8) select $"pixel_{row}_{column}")},digit\n"
        + string.Concat(Enumerable.Range(0, 3).Select(digit => $"{string.Join(",", Enumerable.Range(0, 64).Select(pixel => pixel % 17))},{digit}\n"));

    private static readonly byte[][] Numbers =
        [.. new[] { "", "-1", "1e308", "1e999", "nan", "\"1\"", "0x1", "99999999999999999999" }.Select(Encoding.UTF8.GetBytes)];

    // The characters of a table, so that random bytes are sometimes a table.
    private static readonly Gen<byte[]> Bytes = Gen.Frequency(
        (1, Gen.Byte), (6, Gen.OneOf([.. "target,\n\r\";\t 0123456789.-e"u8.ToArray()]))).Array[0, 80];

    private readonly TemporaryFile _file = new("");

    [Theory]
    [InlineData(Benign)]
    [InlineData(Mixed)]
    public void Faults_in_a_table_are_refused_or_only_change_numbers(string table) => ShouldHoldForFaultsIn(table, usual: 600);

    [Fact]
    public void Faults_in_a_table_of_digits_are_refused_or_only_change_numbers() => ShouldHoldForFaultsIn(Digits, usual: 300);

    [Fact]
    public void Random_bytes_are_refused_or_a_table() => Cases.All(13, 900, Bytes, ShouldBeReadOrRefused, bytes => Encoding.UTF8.GetString(bytes));

    public void Dispose() => _file.Dispose();

    private void ShouldHoldForFaultsIn(string table, long usual)
    {
        byte[] good = Encoding.UTF8.GetBytes(table);
        Cases.All(
            11, usual, ByteFault.Any.Array[1, 3], faults => ShouldBeReadOrRefused(faults.Aggregate(good, (file, fault) => fault.In(file, Numbers))),
            faults => string.Join("; ", faults.Select(fault => fault.ToString())));
    }

    private void ShouldBeReadOrRefused(byte[] bytes)
    {
        File.WriteAllBytes(_file.Path, bytes);
        ShouldBeFinite(bytes, () => ValuesOf(NumericTable.Read(_file.Path)));
        ShouldBeFinite(bytes, () => BreastCancerData.Read(_file.Path).Features().Cast<double>());
        ShouldBeFinite(bytes, () => DigitsData.Read(_file.Path) is var digits ? digits.Pixels([.. Enumerable.Range(0, digits.Rows)])
            .Select(pixel => (double)pixel) : []);
        foreach (string task in new[] { TabularTask.Regression, TabularTask.Binary, TabularTask.Multiclass })
            ShouldBeFinite(bytes,
                () => TabularData.Read(_file.Path, "target", task) is var data ? data.Features.Cast<double>().Concat(data.Targets) : []);
    }

    private static IEnumerable<double> ValuesOf(NumericTable table) =>
        from row in Enumerable.Range(0, table.Rows) from column in Enumerable.Range(0, table.Columns) select table[row, column];

    private static void ShouldBeFinite(byte[] bytes, Func<IEnumerable<double>> read)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        double[] values = [];
        Promise.Keeps(() => values = [.. read()]);
        (GC.GetAllocatedBytesForCurrentThread() - allocated).Should().BeLessThan(MostBytesBeside + MostBytesPerByte * bytes.Length);
        values.All(double.IsFinite).Should().BeTrue("what is read is finite");
    }
}
