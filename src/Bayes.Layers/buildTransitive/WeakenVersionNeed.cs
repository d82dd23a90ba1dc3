using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a 64-bit little-endian ELF file and marks one needed symbol version as weak (ELF gABI, "Symbol Versioning":
/// Elf64_Verneed, Elf64_Vernaux). A file without that need, or of another format, is copied unchanged. The source is
/// never changed: it may be a hard link into the package cache.
/// </summary>
public class WeakenVersionNeed : Task
{
    private const uint SectionTypeVersionNeed = 0x6ffffffe;
    private const ushort VersionFlagWeak = 2;

    [Required]
    public string Source { get; set; }

    [Required]
    public string Destination { get; set; }

    [Required]
    public string VersionName { get; set; }

    public override bool Execute()
    {
        try
        {
            var source = new FileInfo(Source);
            var written = new FileInfo(Destination);
            if (written.Exists && written.Length == source.Length && written.LastWriteTimeUtc == source.LastWriteTimeUtc)
                return true;

            byte[] image = File.ReadAllBytes(Source);
            bool found = Weaken(image, VersionName);
            Directory.CreateDirectory(Path.GetDirectoryName(Destination));
            string partial = Destination + "." + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(partial, image);
            // Keeps the time of the source, so that the next build does not copy an unchanged file again.
            File.SetLastWriteTimeUtc(partial, source.LastWriteTimeUtc);
            if (File.Exists(Destination))
                File.Delete(Destination);
            File.Move(partial, Destination);
            Log.LogMessage(MessageImportance.Low, "{0}: {1} {2}", Destination, VersionName, found ? "is now weak" : "is not needed");
            return true;
        }
        catch (Exception exception) when (exception is IOException || exception is UnauthorizedAccessException)
        {
            Log.LogError("Could not write the copy of '{0}' that loads on older Linux to '{1}': {2}", Source, Destination, exception.Message);
            return false;
        }
    }

    private static bool Weaken(byte[] image, string versionName)
    {
        bool isElf64 = image.Length > 64 && image[0] == 0x7f && image[1] == 'E' && image[2] == 'L' && image[3] == 'F'
            && image[4] == 2 && image[5] == 1;
        if (!isElf64)
            return false;

        long sectionTable = BitConverter.ToInt64(image, 40);
        int sectionSize = BitConverter.ToUInt16(image, 58);
        int sections = BitConverter.ToUInt16(image, 60);
        bool found = false;
        for (int section = 0; section < sections; section++)
        {
            int header = checked((int)(sectionTable + (long)section * sectionSize));
            if (BitConverter.ToUInt32(image, header + 4) != SectionTypeVersionNeed)
                continue;

            int strings = checked((int)(sectionTable + (long)BitConverter.ToUInt32(image, header + 40) * sectionSize));
            long stringOffset = BitConverter.ToInt64(image, strings + 24);
            int need = checked((int)BitConverter.ToInt64(image, header + 24));
            for (uint nextNeed = 1; nextNeed != 0; need += (int)nextNeed)
            {
                int auxiliary = need + (int)BitConverter.ToUInt32(image, need + 8);
                for (uint nextAuxiliary = 1; nextAuxiliary != 0; auxiliary += (int)nextAuxiliary)
                {
                    if (Text(image, stringOffset + BitConverter.ToUInt32(image, auxiliary + 8)) == versionName)
                    {
                        image[auxiliary + 4] |= (byte)VersionFlagWeak;
                        found = true;
                    }
                    nextAuxiliary = BitConverter.ToUInt32(image, auxiliary + 12);
                }
                nextNeed = BitConverter.ToUInt32(image, need + 12);
            }
        }
        return found;
    }

    private static string Text(byte[] image, long start)
    {
        int length = 0;
        while (image[start + length] != 0)
            length++;
        return Encoding.ASCII.GetString(image, checked((int)start), length);
    }
}
