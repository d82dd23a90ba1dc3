using Bayes.Layers.Numerics;

namespace Bayes.Layers.Tests.Numerics;

public sealed class FingerprintTests : TorchTest
{
    [Fact]
    public void Equal_tensors_have_equal_fingerprints_and_any_change_changes_them()
    {
        foreach (var dtype in new[] { float32, float64, float16, int64, uint8 })
        {
            var tensor = arange(1, 22, dtype: dtype).reshape(7, 3);
            ulong print = Fingerprint.Of(tensor);
            Fingerprint.Of(tensor.clone()).Should().Be(print);
            Fingerprint.Of(tensor.t().contiguous().t()).Should().Be(print, "the memory layout does not matter");
            Fingerprint.Of(tensor.reshape(3, 7)).Should().NotBe(print);
            Fingerprint.Of(tensor.flip(0)).Should().NotBe(print);
            Fingerprint.Of(tensor.narrow(0, 0, 6)).Should().NotBe(print);
            Fingerprint.Of(tensor.to(dtype == float64 ? float32 : float64)).Should().NotBe(print);
            for (int i = 0; i < 21; i++)
            {
                var changed = tensor.clone();
                changed.view(-1).narrow(0, i, 1).add_(1);
                Fingerprint.Of(changed).Should().NotBe(print, "element {0} is another", i);
            }
        }
    }

    [Fact]
    public void Large_tensors_are_read_to_the_end_and_no_part_leaks()
    {
        var tensor = arange(3_000_001, dtype: float32);
        long before = LiveTensors();
        ulong print = Fingerprint.Of(tensor);
        LiveTensors().Should().Be(before);
        tensor[3_000_000] = 1;
        Fingerprint.Of(tensor).Should().NotBe(print);
    }

    [Fact]
    public void Names_count_and_a_trained_model_has_another_fingerprint()
    {
        Tensor a = randn(300, 300), b = randn(5);
        ulong print = Fingerprint.Of([("a", a), ("b", b)]);
        Fingerprint.Of([("a", a.clone()), ("b", b.clone())]).Should().Be(print);
        Fingerprint.Of([("a", a), ("c", b)]).Should().NotBe(print);
        Fingerprint.Of([("a", a * 1.0001), ("b", b)]).Should().NotBe(print);
        var column = a.clone();
        column[299, 1] = 3;
        Fingerprint.Of([("a", column), ("b", b)]).Should().NotBe(print, "no element is left out");
        Fingerprint.Of([("a", a), ("b", b + 1)]).Should().NotBe(print);
    }

    [Fact]
    public void The_type_counts_even_if_the_bytes_are_equal() =>
        Fingerprint.Of(zeros(3)).Should().NotBe(Fingerprint.Of(zeros(3, int32)));

    [Fact]
    public void The_end_of_a_large_parameter_counts()
    {
        var a = randn(300, 300);
        ulong print = Fingerprint.Of([("a", a)]);
        a[299].add_(1);
        Fingerprint.Of([("a", a)]).Should().NotBe(print);
    }

    [Fact]
    public void A_large_tensor_of_a_model_is_read_in_parts_up_to_its_end()
    {
        Tensor large = randn(1_200, 1_000), view = zeros(1_200_007).narrow(0, 7, 1_200_000);
        ulong print = Fingerprint.OfModel([("a", large)]);
        view.copy_(large.flatten());
        Fingerprint.OfModel([("a", view.view(1_200, 1_000))]).Should().Be(print);
        Fingerprint.OfModel([("a", large * 1.0001)]).Should().NotBe(print);
        Fingerprint.OfModel([("a", large.view(1_000, 1_200))]).Should().NotBe(print);
        foreach (var (row, column) in new[] { (0, 0), (1_199, 999) })
        {
            var changed = large.clone();
            changed[row, column].add_(1);
            Fingerprint.OfModel([("a", changed)]).Should().NotBe(print);
        }
        var small = randn(1_000, 1_000);
        Fingerprint.OfModel([("a", small)]).Should().Be(Fingerprint.Of([("a", small)]));
    }
}
