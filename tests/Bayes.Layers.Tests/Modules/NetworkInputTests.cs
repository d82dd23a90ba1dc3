namespace Bayes.Layers.Tests.Modules;

public sealed class NetworkInputTests : TorchTest
{
    [Fact]
    public void A_tensor_and_tuples_of_tensors_convert_to_it()
    {
        Tensor numbers = randn(3, 2), indices = arange(3, int64), mask = ones(3, 4, dtype: ScalarType.Bool), more = randn(3, 1, 1);
        ShouldHold(numbers, numbers);
        ShouldHold((numbers, indices), numbers, indices);
        ShouldHold((numbers, indices, mask), numbers, indices, mask);
        ShouldHold((numbers, indices, mask, more), numbers, indices, mask, more);
        ShouldHold(new NetworkInput(indices, mask), indices, mask);
        (Tensor Left, Tensor Right) named = (mask, numbers);
        ShouldHold(named, mask, numbers);
        new NetworkInput(numbers, indices, mask).ToString().Should().Be("Float32 [3, 2], Int64 [3], Bool [3, 4]");

        static void ShouldHold(NetworkInput input, params Tensor[] tensors)
        {
            (input.Count, input.Rows).Should().Be((tensors.Length, 3));
            for (int i = 0; i < tensors.Length; i++)
                input[i].Should().BeSameAs(tensors[i], "nothing is copied");
            input.Invoking(each => each[tensors.Length]).Should().Throw<ArgumentOutOfRangeException>()
                .WithMessage($"index is {tensors.Length}; expected 0 to {tensors.Length - 1}.*");
        }
    }

    [Fact]
    public void Null_is_refused()
    {
        Tensor none = null!, some = randn(2, 1);
        NetworkInput? converted = none;
        converted.Should().BeNull();
        using var layer = new BayesianLinear(1, 1);
        layer.Invoking(each => each.Sample((NetworkInput)none, 2)).Should().Throw<ArgumentNullException>().WithParameterName("input");
        layer.Invoking(each => each.Sample(none, 2)).Should().Throw<ArgumentNullException>().WithParameterName("input");
        FluentActions.Invoking(() => (NetworkInput)(some, none)).Should().Throw<ArgumentNullException>().WithParameterName("input");
    }

    [Fact]
    public void Inputs_of_different_rows_are_refused()
    {
        FluentActions.Invoking(() => (NetworkInput)(randn(3, 2), randn(4))).Should().Throw<ArgumentException>()
            .WithMessage("The inputs have 3 and 4 rows; expected one number of rows, the size of axis 0 of each.*");
        FluentActions.Invoking(() => (NetworkInput)(randn(3), randn(3), randn(1))).Should().Throw<ArgumentException>()
            .WithMessage("The inputs have 3, 3 and 1 rows;*");
        FluentActions.Invoking(() => (NetworkInput)(randn(3), tensor(1.0))).Should().Throw<ArgumentException>()
            .WithMessage("The second input is a scalar; expected [batch, …].*");
    }

    [Fact]
    public void Another_number_of_inputs_is_refused()
    {
        FluentActions.Invoking(() => new NetworkInput()).Should().Throw<ArgumentException>()
            .WithMessage("There are 0 inputs; expected 1 to 4.*");
        FluentActions.Invoking(() => new NetworkInput([.. Enumerable.Repeat(randn(2), 5)])).Should().Throw<ArgumentException>()
            .WithMessage("There are 5 inputs; expected 1 to 4.*");
    }

    [Fact]
    public void Its_pieces_have_the_same_rows()
    {
        NetworkInput input = (arange(6, float32).view(6, 1), arange(6, int64));
        var part = input.Narrow(2, 3);
        part.Rows.Should().Be(3);
        Values(part[0]).Should().Equal(2, 3, 4);
        Values(part[1]).Should().Equal(2, 3, 4);
        input.BytesPerRow.Should().Be(4 + 8);
        var copy = part.Clone();
        using (no_grad())
            copy[0].zero_();
        Values(input[0]).Should().Equal(0, 1, 2, 3, 4, 5);
    }
}
