using Bayes.Layers.Checkpoints;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>Numbers of a file are converted to the model's type or refused: none changes silently.</summary>
public sealed class CheckpointNumbersTests : TorchTest
{
    [Theory]
    [InlineData(300.0, ScalarType.Int64, ScalarType.Int8)]
    [InlineData(-1.0, ScalarType.Int8, ScalarType.Byte)]
    [InlineData(200.0, ScalarType.Byte, ScalarType.Int8)]
    [InlineData(1e300, ScalarType.Float64, ScalarType.Float32)]
    [InlineData(-70000.0, ScalarType.Float32, ScalarType.Float16)]
    public void A_number_outside_the_range_of_the_models_type_is_refused_and_changes_nothing(double number, ScalarType from, ScalarType to)
    {
        using Numbers saved = new(tensor(new[] { 1.0, number }).to(from)), model = new(tensor(new[] { 5.0, 6.0 }).to(to));
        FluentActions.Invoking(() => Load(model, saved)).Should().Throw<CheckpointException>()
            .WithMessage(
                FormattableString.Invariant(
                    $"The file's tensor 'b' has the value {number}; expected one that {to}, the model's type, can hold."));
        Values(model.Buffer).Should().Equal(5, 6);
    }

    [Theory]
    [InlineData(-100.0, ScalarType.Int64, ScalarType.Int8)]
    [InlineData(200.0, ScalarType.Byte, ScalarType.Int32)]
    [InlineData(double.NegativeInfinity, ScalarType.Float64, ScalarType.Float16)]
    [InlineData(double.NaN, ScalarType.Float32, ScalarType.BFloat16)]
    [InlineData(0.5, ScalarType.BFloat16, ScalarType.Float64)]
    public void A_number_within_the_range_is_loaded(double number, ScalarType from, ScalarType to)
    {
        using Numbers saved = new(tensor(new[] { 1.0, number }).to(from)), model = new(zeros(2, to));
        Load(model, saved);
        Values(model.Buffer).Should().Equal(1, number);
        model.Buffer.dtype.Should().Be(to);
    }

    [Fact]
    public void A_number_is_rounded_to_the_nearest_of_the_models_type()
    {
        using Numbers saved = new(tensor(new[] { 0.1, 1e-300 })), model = new(zeros(2, float32));
        Load(model, saved);
        Values(model.Buffer).Should().Equal((double)0.1f, 0);
    }

    [Theory]
    [InlineData(ScalarType.Int64, ScalarType.Bool)]
    [InlineData(ScalarType.Bool, ScalarType.Int64)]
    [InlineData(ScalarType.Bool, ScalarType.Float32)]
    [InlineData(ScalarType.Float32, ScalarType.Int32)]
    [InlineData(ScalarType.Int32, ScalarType.Float32)]
    public void Another_kind_of_number_is_refused(ScalarType from, ScalarType to)
    {
        using Numbers saved = new(ones(2, from)), model = new(zeros(2, to));
        FluentActions.Invoking(() => Load(model, saved)).Should().Throw<CheckpointException>()
            .WithMessage($"The file's tensor 'b' is of type {from}; expected one that can become {to}, as in the model.");
        Values(model.Buffer).Should().Equal(0, 0);
    }

    /// <summary>In torch, a bool of another byte has undefined behaviour.</summary>
    [Fact]
    public void A_bool_that_is_neither_0_nor_1_is_refused()
    {
        using var model = new Numbers(zeros(2, @bool));
        const string header = """{"b":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""";
        FluentActions.Invoking(() => Checkpoint.Load(model, new MemoryStream(SafeTensorsFile.Of(header, 1, 7)))).Should().Throw<CheckpointException>()
            .WithMessage("The file's tensor 'b' has the value 7; *");
        Values(model.Buffer).Should().Equal(0, 0);
        Checkpoint.Load(model, new MemoryStream(SafeTensorsFile.Of(header, 1, 0)));
        Values(model.Buffer).Should().Equal(1, 0);
    }

    [Fact]
    public void A_read_only_tensor_is_refused_before_any_tensor_is_written()
    {
        using Numbers saved = new(ones(3), ones(3)), model = new(zeros(3), zeros(1).expand(3));
        FluentActions.Invoking(() => Load(model, saved)).Should().Throw<ArgumentException>().WithMessage("The model's tensor 'c' is expanded, *");
        Values(model.Buffer).Should().Equal(0, 0, 0);
    }

    [Fact]
    public void Transposed_and_empty_tensors_and_scalars_are_restored()
    {
        using Numbers saved = new(Normal(3, 2).t(), empty(0, 4)), model = new(zeros(3, 2, float64).t(), empty(0, 4));
        Load(model, saved);
        ShouldBeClose(model.Buffer, saved.Buffer, 0);
        using Numbers scalar = new(tensor(2.5f)), another = new(tensor(0f));
        Load(another, scalar);
        another.Buffer.item<float>().Should().Be(2.5f);
    }

    /// <summary>A span holds at most 2 GiB; a piece is 2^24 numbers.</summary>
    [Fact]
    public void A_tensor_of_several_pieces_is_restored()
    {
        long count = 2 * (1 << 24) + 5;
        using Numbers saved = new(arange(count, int32).remainder(251).to(uint8)), model = new(zeros(count, uint8));
        Load(model, saved);
        model.Buffer.eq(saved.Buffer).all().ToBoolean().Should().BeTrue();
    }

    private static void Load(nn.Module model, nn.Module saved)
    {
        using var stream = new MemoryStream();
        Checkpoint.Save(saved, stream);
        stream.Position = 0;
        Checkpoint.Load(model, stream);
    }

    private sealed class Numbers : nn.Module
    {
        public Numbers(Tensor b, Tensor? c = null) : base(nameof(Numbers))
        {
            register_buffer("b", b);
            if (c is not null)
                register_buffer("c", c);
        }

        public Tensor Buffer => get_buffer("b")!;
    }
}
