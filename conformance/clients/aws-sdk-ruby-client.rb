# The AWS SDK for Ruby as a client that serves one command per line of JSON on its standard input.
require 'json'
require 'aws-sdk-s3'

bucket = Aws::S3::Resource.new(endpoint: ENV['S3_ENDPOINT'], region: ENV['AWS_DEFAULT_REGION'], force_path_style: true)
                          .bucket(ENV['S3_BUCKET'])
threshold = 16 * 1024 * 1024

commands = {
  'put' => ->(file, key) { bucket.object(key).upload_file(file, multipart_threshold: threshold) && nil },
  'get' => ->(key, file) { bucket.object(key).download_file(file) && nil },
  'list' => ->(prefix) { bucket.objects(prefix: prefix).map(&:key) },
  'copy' => ->(from, to) { bucket.object(to).copy_from(bucket.object(from)) && nil },
  'remove' => ->(*keys) { bucket.delete_objects(delete: { objects: keys.map { |key| { key: key } } }) && nil },
  'presign' => ->(key) { bucket.object(key).presigned_url(:get, expires_in: 300) }
}
$stdin.each_line do |line|
  name, *arguments = JSON.parse(line)
  answer = begin
    { result: commands.fetch(name).call(*arguments) }
  rescue StandardError => e
    { error: "#{e.class}: #{e.message}" }
  end
  $stdout.puts(JSON.generate(answer))
  $stdout.flush
end
